/** Protobuf field numbers of autoscaling/v1. */
export const autoscalingV1 = `
Scale: metadata=1 spec=2 status=3
ScaleSpec: replicas=1
ScaleStatus: replicas=1? selector=2
V1CrossVersionObjectReference: kind=1? name=2? apiVersion=3
V1HorizontalPodAutoscaler: metadata=1 spec=2 status=3
V1HorizontalPodAutoscalerSpec: scaleTargetRef=1 minReplicas=2? maxReplicas=3? targetCPUUtilizationPercentage=4?
V1HorizontalPodAutoscalerStatus: observedGeneration=1? lastScaleTime=2 currentReplicas=3? desiredReplicas=4?
  currentCPUUtilizationPercentage=5?
`;
