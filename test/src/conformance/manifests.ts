/** Manifests as people write them. */
export const deployment = (name: string, { replicas = 2, image = 'berth.dev/sample:1' } = {}) => `
apiVersion: apps/v1
kind: Deployment
metadata:
  name: ${name}
  labels: {app: ${name}}
spec:
  replicas: ${replicas}
  selector:
    matchLabels: {app: ${name}}
  template:
    metadata:
      labels: {app: ${name}}
    spec:
      containers:
        - name: web
          image: ${image}
          ports: [{containerPort: 8080}]
          resources:
            requests: {cpu: 10m, memory: 16Mi}
`;

export const pod = (name: string, spec = '') => `
apiVersion: v1
kind: Pod
metadata:
  name: ${name}
  labels: {run: ${name}}
spec:
  terminationGracePeriodSeconds: 1
  containers:
    - name: main
      image: berth.dev/sample:1
${spec}
`;
