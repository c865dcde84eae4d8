export interface CniOptions {
  /** The node's own range of pod addresses. */
  readonly podCidr: string;
  /** Which addresses are taken is kept here. */
  readonly dataDir: string;
}

export const cniFileName = '10-berth.conflist';
const podBridge = 'cni0';

/**
 * How pods get their network: a bridge with the node's range on it. Nothing is masqueraded here; what needs it is
 * decided where Services are.
 */
export const planCniConfig = ({ podCidr, dataDir }: CniOptions): string =>
  `${JSON.stringify(
    {
      cniVersion: '0.4.0',
      name: 'berth',
      plugins: [
        {
          type: 'bridge',
          bridge: podBridge,
          isGateway: true,
          ipMasq: false,
          hairpinMode: true,
          forceAddress: true,
          ipam: {
            type: 'host-local',
            dataDir,
            ranges: [[{ subnet: podCidr }]],
            routes: [{ dst: '0.0.0.0/0' }],
          },
        },
      ],
    },
    undefined,
    2,
  )}\n`;
