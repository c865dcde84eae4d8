/** What nodes and the API server say they are: clients compare the part before the plus sign with their own. */
export const version = 'v1.36.0+berth.0.1.0';
