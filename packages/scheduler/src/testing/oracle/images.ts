import type { Node, Pod } from '@berth/api';
import type { World } from './world.ts';

const mega = 1024 * 1024;
const least = 23 * mega;
const mostPerContainer = 1000 * mega;

/** An image without a tag is its latest. */
const fullName = (image: string) =>
  image.lastIndexOf(':') <= image.lastIndexOf('/') ? `${image}:latest` : image;

const imagesOf = ({ status }: Node) => status?.images ?? [];
const sizeOn = (node: Node, image: string) =>
  imagesOf(node).find(({ names = [] }) => names.includes(image))?.sizeBytes;

/** How much of the pod's images the node has, each image counted by the share of the nodes that have it. */
export function imageLocality({ spec }: Pod, node: Node, { nodes }: World): number {
  const containers = [...(spec.initContainers ?? []), ...spec.containers];
  let present = 0;
  for (const { image = '' } of containers) {
    const name = fullName(image);
    const size = sizeOn(node, name);
    if (size === undefined) continue;
    const holders = nodes.filter((other) => sizeOn(other, name) !== undefined).length;
    present += Math.trunc(size * (holders / nodes.length));
  }
  const most = mostPerContainer * containers.length;
  const bounded = Math.min(Math.max(present, least), most);
  return Math.trunc((100 * (bounded - least)) / (most - least));
}
