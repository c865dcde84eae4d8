import { keyOf, persistentVolumeClaims, persistentVolumes, storageClasses } from '@berth/api';
import type { PersistentVolume, PersistentVolumeClaim } from '@berth/api';
import { createWorkqueue } from '@berth/client';
import { createController } from '../controller.ts';
import type { Controller, ControllerContext } from '../controller.ts';
import { unlessNotFound } from '../failures.ts';
import { same } from '../same.ts';
import { freeVolume, holdVolume, nameVolume } from './bind.ts';
import { classNameOf } from './match.ts';
import { planClaim, planVolume } from './plan.ts';

const claimKey = (key: string) => `claim ${key}`;
const volumeKey = (name: string) => `volume ${name}`;
const provisionerAnnotations = [
  'volume.kubernetes.io/storage-provisioner',
  'volume.beta.kubernetes.io/storage-provisioner',
];

/** Brings claims and volumes that are there together, and says of each how it stands. */
export function createPersistentVolumeController(context: ControllerContext): Controller {
  const { client, informers, clock, random, logger } = context;
  const recorder = context.recorder('persistentvolume-controller');
  const queue = createWorkqueue<string>({ clock, random });
  const volumeInformer = informers.informer(persistentVolumes);
  const claimInformer = informers.informer(persistentVolumeClaims);
  const classInformer = informers.informer(storageClasses);

  const wakeClaim = (claim: PersistentVolumeClaim) => {
    queue.add(claimKey(keyOf(claim)));
    if (claim.spec.volumeName) queue.add(volumeKey(claim.spec.volumeName));
  };
  /** Claims that wait may take a volume that was made, changed or set free. */
  const wakeWaiting = (className: string) => {
    for (const claim of claimInformer.lister.list())
      if (!claim.spec.volumeName && classNameOf(claim) === className) wakeClaim(claim);
  };
  const wakeVolume = (volume: PersistentVolume) => {
    queue.add(volumeKey(volume.metadata.name));
    const { namespace, name } = volume.spec.claimRef ?? {};
    if (name) queue.add(claimKey(`${namespace}/${name}`));
    else wakeWaiting(classNameOf(volume));
  };
  claimInformer.addHandler({
    added: wakeClaim,
    updated: (_, claim) => wakeClaim(claim),
    deleted: wakeClaim,
  });
  volumeInformer.addHandler({
    added: wakeVolume,
    updated: (_, volume) => wakeVolume(volume),
    deleted(volume) {
      wakeVolume(volume);
      for (const claim of claimInformer.lister.list())
        if (claim.spec.volumeName === volume.metadata.name) wakeClaim(claim);
    },
  });
  classInformer.addHandler({
    added: ({ metadata }) => wakeWaiting(metadata.name),
    updated: (_, { metadata }) => wakeWaiting(metadata.name),
  });

  const writeVolume = async (
    volume: PersistentVolume,
    phase: string,
    message?: string,
  ): Promise<PersistentVolume> => {
    const { message: _, ...rest } = volume.status ?? {};
    const status = { ...rest, phase, ...(message && { message }) };
    if (same(status, volume.status)) return volume;
    return client.updateStatus(persistentVolumes, { ...volume, status });
  };
  const writeClaim = async (
    claim: PersistentVolumeClaim,
    status: PersistentVolumeClaim['status'],
  ): Promise<void> => {
    const next = { ...claim.status, ...status };
    if (same(next, claim.status)) return;
    await client.updateStatus(persistentVolumeClaims, { ...claim, status: next });
  };

  /** Four writes, each of which may be the last before a crash: the volume is held before the claim is told. */
  const bind = async (claim: PersistentVolumeClaim, volume: PersistentVolume): Promise<void> => {
    const held = holdVolume(volume, claim);
    const owned = held ? await client.update(persistentVolumes, held) : volume;
    await writeVolume(owned, 'Bound');
    const named = nameVolume(claim, owned);
    const told = named ? await client.update(persistentVolumeClaims, named) : claim;
    const { accessModes, capacity = {} } = owned.spec;
    const isBound = told.status?.phase === 'Bound';
    // How much a bound claim has, whoever resizes it says.
    await writeClaim(told, {
      phase: 'Bound',
      ...(accessModes && { accessModes }),
      ...(!isBound && {
        capacity: { ...told.status?.capacity, storage: capacity['storage'] ?? '0' },
      }),
    });
  };

  const annotateProvisioner = async (
    claim: PersistentVolumeClaim,
    provisioner: string,
  ): Promise<PersistentVolumeClaim> => {
    const marks = Object.fromEntries(provisionerAnnotations.map((name) => [name, provisioner]));
    const { annotations } = claim.metadata;
    if (provisionerAnnotations.every((name) => annotations?.[name] === provisioner)) return claim;
    const metadata = { ...claim.metadata, annotations: { ...annotations, ...marks } };
    return client.update(persistentVolumeClaims, { ...claim, metadata });
  };

  const passClaim = async (claim: PersistentVolumeClaim): Promise<void> => {
    const decision = planClaim({
      claim,
      volumes: volumeInformer.lister.list(),
      storageClass: (name) => classInformer.lister.get(name),
    });
    if (decision.kind === 'bind') return bind(claim, decision.volume);
    const { tell } = decision;
    if (decision.kind === 'lose') {
      if (claim.status?.phase !== 'Lost')
        recorder.event(claim, decision.tell.type, decision.tell.reason, decision.tell.message);
      return writeClaim(claim, { phase: 'Lost' });
    }
    if (tell) recorder.event(claim, tell.type, tell.reason, tell.message);
    const current = decision.provisioner
      ? await annotateProvisioner(claim, decision.provisioner)
      : claim;
    await writeClaim(current, { phase: 'Pending' });
  };

  const passVolume = async (volume: PersistentVolume): Promise<void> => {
    const { namespace, name, uid } = volume.spec.claimRef ?? {};
    const copy = name ? claimInformer.lister.get(`${namespace}/${name}`) : undefined;
    // Whether the claim is really gone, the live one decides: what is released stays so.
    const claim =
      uid && copy?.metadata.uid !== uid
        ? await client
            .get(persistentVolumeClaims, { namespace: namespace!, name: name! })
            .catch(unlessNotFound)
        : copy;
    const decision = planVolume(volume, claim);
    switch (decision.kind) {
      case 'leave':
        return;
      case 'free':
        await client.update(persistentVolumes, freeVolume(volume));
        return;
      case 'phase': {
        const { phase, message, tell } = decision;
        if (tell) recorder.event(volume, tell.type, tell.reason, tell.message);
        await writeVolume(volume, phase, message);
        return;
      }
    }
  };

  return createController({
    name: 'persistent-volume',
    queue,
    // One at a time, so that two claims do not run for one volume.
    workers: 1,
    logger,
    ready: (signal) => informers.synced(signal),
    async reconcile(key) {
      const [kind, rest = ''] = key.split(' ');
      if (kind === 'claim') {
        const claim = claimInformer.lister.get(rest);
        if (claim) await passClaim(claim);
      } else {
        const volume = volumeInformer.lister.get(rest);
        if (volume) await passVolume(volume);
      }
      return undefined;
    },
  });
}
