import assert from 'node:assert/strict';
import type { FlowSchema, KubeObject } from '@berth/api';
import { silentLogger } from '@berth/component-base';
import { bootstrapFlowControl } from '../bootstrap/flow-control.ts';
import { flowSchemas } from '../registry/flowcontrol/flow-schemas.ts';
import { priorityLevelConfigurations } from '../registry/flowcontrol/priority-level-configurations.ts';
import type { Registry } from '../registry/registry.ts';
import type { Strategy } from '../registry/strategy.ts';
import { createBench } from '../registry/testing/exchange.ts';
import { createFlowControl } from './flow-control.ts';

describe('createFlowControl', () => {
  const start = () => {
    const strategies = [flowSchemas, priorityLevelConfigurations] as unknown as readonly Strategy[];
    const { registry, clock } = createBench(strategies);
    const tellings: string[] = [];
    const counted: Pick<Registry, 'store'> = {
      store: <T extends KubeObject>(type: Parameters<typeof registry.store<T>>[0]) => {
        const store = registry.store<T>(type);
        return {
          ...store,
          guaranteedUpdateStatus: (...args: Parameters<typeof store.guaranteedUpdateStatus>) => {
            tellings.push(args[0].name);
            return store.guaranteedUpdateStatus(...args);
          },
        };
      },
    };
    const stop = new AbortController();
    const options = { registry: counted, clock, random: () => 0.5, logger: silentLogger };
    const running = createFlowControl({ ...options, seats: 10 }).run(stop.signal);
    const conditions = async () =>
      (await registry.store<FlowSchema>(flowSchemas.type).list({})).items.map(
        ({ status }) => status?.conditions?.find(({ type }) => type === 'Dangling')?.status,
      );
    /** Lets what a change sets off come about. */
    const settle = async () => {
      for (let turn = 0; turn < 5; turn += 1) await clock.advance(1_000);
    };
    const end = async () => {
      stop.abort();
      await settle();
      await running;
    };
    return { registry, tellings, conditions, settle, end };
  };

  it('tells each schema once whether its level exists, however many come at a time', async () => {
    const { registry, tellings, conditions, settle, end } = start();
    await bootstrapFlowControl(registry);
    await settle();
    const all = await conditions();
    assert.ok(all.length > 10);
    assert.ok(all.every((status) => status === 'False'));
    assert.deepEqual(tellings.toSorted(), [...new Set(tellings)].sort());
    assert.equal(tellings.length, all.length);
    await end();
  });

  it('tells a schema anew when its level goes and comes', async () => {
    const { registry, tellings, settle, end } = start();
    await bootstrapFlowControl(registry);
    const levels = registry.store(priorityLevelConfigurations.type);
    const schemas = registry.store<FlowSchema>(flowSchemas.type);
    const level = {
      metadata: { name: 'own' },
      spec: { type: 'Limited', limited: { limitResponse: { type: 'Reject' } } },
    };
    await schemas.create({
      metadata: { name: 'own' },
      spec: { priorityLevelConfiguration: { name: 'own' } },
    });
    const told = async () =>
      (await schemas.get({ name: 'own' })).status?.conditions?.map(({ status }) => status);
    await settle();
    assert.deepEqual(await told(), ['True']);
    await levels.create(level);
    await settle();
    assert.deepEqual(await told(), ['False']);
    assert.equal(tellings.filter((name) => name === 'own').length, 2);
    await end();
  });
});
