import { imagesOf } from '../cluster/images.ts';
import type { ClusterView } from '../cluster-state.ts';
import { maxNodeScore } from '../framework.ts';
import type { Partition, Plugin } from '../framework.ts';
import type { NodeInfo } from '../node-info.ts';
import type { PodInfo } from '../pod-info.ts';

const mega = 1024 * 1024;
/** Less than this is fetched in no time, and more than that per container makes no difference. */
const leastBytes = 23 * mega;
const mostBytesPerContainer = 1000 * mega;

/** Prefers nodes that have the pod's images, the more the larger they are; images that few nodes have count less. */
export const imageLocality: Plugin = {
  name: 'ImageLocality',
  heedsPods: false,
  partition: ({ shape: { pod } }: PodInfo, cluster): Partition => {
    const images = [...(pod.spec.initContainers ?? []), ...pod.spec.containers].map(
      ({ image = '' }) => fullName(image),
    );
    return { ...cellsBy(images, cluster), isStale: () => false, release: () => undefined };
  },
};

/** Nodes are alike that have the same of the images in the same sizes. */
function cellsBy(images: readonly string[], cluster: ClusterView) {
  const lists: (readonly (number | undefined)[])[] = [];
  const ids = new Map<string, number>();
  return {
    cellOf({ node }: NodeInfo): number {
      const sizes = sizesOn(node, images);
      const key = sizes.join();
      let id = ids.get(key);
      if (id === undefined) {
        id = lists.length;
        lists.push(sizes);
        ids.set(key, id);
      }
      return id;
    },
    score: (cells: readonly { readonly id: number }[]): readonly number[] =>
      cells.map(({ id }) => {
        let bytes = 0;
        for (const [i, size] of lists[id]!.entries())
          if (size !== undefined)
            bytes += Math.trunc(size * (cluster.images.nodesWith(images[i]!) / cluster.nodeCount));
        return scoreOf(bytes, images.length);
      }),
  };
}

const nothing: readonly undefined[] = [];

function sizesOn(
  node: NodeInfo['node'],
  images: readonly string[],
): readonly (number | undefined)[] {
  if (!node.status?.images?.length) return nothing;
  const there = imagesOf(node);
  return images.map((image) => there.get(image));
}

function scoreOf(bytes: number, containers: number): number {
  const most = mostBytesPerContainer * containers;
  const bounded = Math.min(Math.max(bytes, leastBytes), most);
  return Math.trunc((maxNodeScore * (bounded - leastBytes)) / (most - leastBytes));
}

/** An image without a tag is its latest. */
const fullName = (image: string): string =>
  image.lastIndexOf(':') <= image.lastIndexOf('/') ? `${image}:latest` : image;
