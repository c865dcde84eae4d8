/** On objects that only carry a leader's claim, as clients did before there were Leases: nobody's endpoints. */
export const leaderAnnotation = 'control-plane.alpha.kubernetes.io/leader';
