export type * from './gen/types.ts';
export { parseJson, stringifyJson } from './json.ts';
export type { JsonOptions, ParsedJson } from './json.ts';
export { keyOf, parseKey } from './object.ts';
export type { Draft, KubeList, KubeObject, ObjectRef, WatchChange } from './object.ts';
export {
  apiServices,
  apiVersionOf,
  certificateSigningRequests,
  clusterRoleBindings,
  clusterRoles,
  configMaps,
  controllerRevisions,
  cronJobs,
  csiDrivers,
  csiNodes,
  csiStorageCapacities,
  customResourceDefinitions,
  daemonSets,
  deployments,
  deviceClasses,
  endpoints,
  endpointSlices,
  events,
  eventsV1,
  flowSchemas,
  horizontalPodAutoscalers,
  horizontalPodAutoscalersV1,
  ingressClasses,
  ingresses,
  ipAddresses,
  jobs,
  leases,
  mutatingAdmissionPolicies,
  mutatingAdmissionPolicyBindings,
  mutatingWebhookConfigurations,
  namespaces,
  networkPolicies,
  nodes,
  pathOf,
  limitRanges,
  persistentVolumeClaims,
  persistentVolumes,
  podDisruptionBudgets,
  podGroups,
  podTemplates,
  pods,
  replicationControllers,
  resourceQuotas,
  priorityClasses,
  priorityLevelConfigurations,
  queues,
  replicaSets,
  resourceClaims,
  resourceClaimTemplates,
  resourceSlices,
  resourceTypes,
  roleBindings,
  roles,
  runtimeClasses,
  secrets,
  serviceAccounts,
  serviceCidrs,
  services,
  statefulSets,
  storageClasses,
  validatingAdmissionPolicies,
  validatingAdmissionPolicyBindings,
  validatingWebhookConfigurations,
  volumeAttachments,
  volumeAttributesClasses,
  workloads,
} from './scheme.ts';
export type { PathOptions, ResourceType } from './scheme.ts';
export {
  alreadyExists,
  badRequest,
  conflict,
  expired,
  forbidden,
  internalError,
  invalid,
  isAlreadyExists,
  isConflict,
  isExpired,
  isForbidden,
  isInvalid,
  isNotFound,
  methodNotAllowed,
  notAcceptable,
  notFound,
  requestEntityTooLarge,
  serviceUnavailable,
  serverTimeout,
  StatusError,
  tooManyRequests,
  unauthorized,
  unsupportedMediaType,
} from './status.ts';
export type { StatusReason } from './status.ts';
export { findCondition, isConditionTrue, removeCondition, setCondition } from './conditions.ts';
export type { ConditionLike } from './conditions.ts';
export { disruptionTarget } from './disruption-target.ts';
export { decode } from './decode/decode.ts';
export type { Decoded } from './decode/decode.ts';
export { isDeepEqual } from './deep-equal.ts';
export {
  validateAnnotations,
  validateFieldManager,
  validateImmutable,
  validateObjectMeta,
  validateObjectMetaUpdate,
} from './metadata-validation.ts';
export type { MetadataRules } from './metadata-validation.ts';
export type { OpenApiInfo, OpenApiResource } from './openapi/served.ts';
export { openApiV2 } from './openapi/v2.ts';
export { openApiV2ToProtobuf } from './openapi/v2-protobuf.ts';
export { openApiV3 } from './openapi/v3.ts';
export { controllerOf, controllerReference, isControlledBy } from './owners.ts';
export { definition, definitionNames, resolveSchema, schemaOf } from './schema.ts';
export type { Schema } from './schema.ts';
export { definitionNameOf } from './schema-kinds.ts';
export type { GroupVersionKind } from './schema-kinds.ts';
export { canonicalTime, formatMicroTime, formatTime, parseTime } from './time.ts';
export {
  at,
  atKey,
  duplicate,
  forbiddenField,
  invalidEach,
  invalidField,
  invalidValue,
  notSupported,
  required,
  tooLong,
  tooMany,
  typeInvalid,
  valueNotFound,
} from './field.ts';
export type { FieldError, FieldErrorType } from './field.ts';
export { formatDuration, humanDuration, parseDuration } from './duration.ts';
export { generateName, randomSuffix, safeEncode } from './generate-name.ts';
export { goQuote } from './go-quote.ts';
export { isPercent, scaledValue } from './int-or-string.ts';
export type { IntOrString } from './int-or-string.ts';
export {
  asPrefix,
  cIdentifierRule,
  conditionReason,
  configMapKey,
  dns1035Label,
  dnsLabel,
  dnsSubdomain,
  envVarName,
  httpHeaderName,
  inRange,
  labelValueRule,
  pathSegment,
  percentRule,
  portName,
  portNumber,
  qualifiedName,
  relaxedEnvVarName,
  wildcardSubdomain,
} from './names.ts';
export type { NameRule } from './names.ts';
export {
  addQuantities,
  asMilli,
  asNumber,
  asWhole,
  canonicalQuantity,
  compareQuantities,
  formatQuantity,
  milliQuantity,
  parseQuantity,
  quantityProblem,
  subtractQuantities,
  wholeQuantity,
} from './quantity.ts';
export type { Quantity, QuantityFormat } from './quantity.ts';
export {
  exactField,
  formatFieldSelector,
  matchesFields,
  parseFieldSelector,
} from './selectors/field-selector.ts';
export type { FieldSelector, FieldTerm } from './selectors/field-selector.ts';
export {
  toSelector,
  validateLabels,
  validateLabelSelector,
} from './selectors/meta-label-selector.ts';
export { matchesNodeSelector, matchesNodeTerm, requiredNodes } from './selectors/node-selector.ts';
export { parseLabelSelector } from './selectors/parse-label-selector.ts';
export { formatSelector, matchesLabels, selectorFromLabels } from './selectors/selector.ts';
export type { Labels, Requirement, Selector, SelectorOperator } from './selectors/selector.ts';
export { tolerates } from './selectors/tolerates.ts';
export { wholeBody } from './transport.ts';
export type { ApiRequest, ApiResponse, Body, Transport } from './transport.ts';
export { formatYaml, parseYaml, parseYamlDocuments } from './yaml.ts';
export { queueNameLabel } from './scheduling/queue.ts';
export type { Queue, QueuePreemption, QueueSpec, QueueStatus } from './scheduling/queue.ts';
export { isTimeZone, parseSchedule, ScheduleError } from './schedule/parse-schedule.ts';
export type { Schedule, ScheduleField } from './schedule/parse-schedule.ts';
export { jsonPatch } from './patch/json-patch.ts';
export { mergePatch } from './patch/merge-patch.ts';
export { strategicMergePatch } from './patch/strategic-merge-patch.ts';
export { decodeKubeProtobuf, encodeKubeProtobuf } from './protobuf/kube-protobuf.ts';
export type { TypedObject } from './protobuf/kube-protobuf.ts';
export { applyPatch } from './managed-fields/apply-patch.ts';
export { fieldSet } from './managed-fields/field-set.ts';
export type { FieldSet } from './managed-fields/field-set.ts';
export { updateManagedFields } from './managed-fields/update-managed-fields.ts';
export { evaluatePath } from './json-path/evaluate-path.ts';
export { JsonPathError, parsePath, unquote } from './json-path/parse-path.ts';
export type { Step } from './json-path/step.ts';
export {
  addAmounts,
  exceededNames,
  formatAmounts,
  onlyAmounts,
  parseAmounts,
  subtractAmounts,
} from './quota/amounts.ts';
export type { Amounts } from './quota/amounts.ts';
export { podLimits, podRequests } from './quota/pod-resources.ts';
export { unsaidResources } from './quota/pod-usage.ts';
export { isInScopes } from './quota/quota-scopes.ts';
export { isQuotaOf, quotaUsage } from './quota/quota-usage.ts';
export type {
  NodeExplanation,
  NodeRefusal,
  ObjectName,
  PlacementExplanation,
  PlacementExplanationStatus,
  ResourceAccount,
  SuggestedChange,
  SuggestedEdit,
  Suggestion,
} from './placement/explanation.ts';
export { placementPlans } from './placement/plan.ts';
export type {
  PlacementPlan,
  PlacementPlanSpec,
  PlacementPlanStatus,
  PlacementRules,
  PlannedObject,
  PlannedPod,
} from './placement/plan.ts';
