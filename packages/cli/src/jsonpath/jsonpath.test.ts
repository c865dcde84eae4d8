import assert from 'node:assert/strict';
import fc from 'fast-check';
import { UsageError } from '../usage-error.ts';
import { evaluateTemplate } from './evaluate.ts';
import { parseTemplate } from './parse.ts';

const list = {
  kind: 'List',
  items: [
    {
      metadata: { name: 'a', labels: { 'app.kubernetes.io/name': 'web' } },
      status: { phase: 'Running', restarts: 3, ready: true, empty: null },
    },
    {
      metadata: { name: 'b' },
      status: { phase: 'Pending', restarts: 0, ready: false },
      spec: { ports: [{ port: 80 }, { port: 443 }] },
    },
  ],
};

const cases: readonly (readonly [template: string, printed: string])[] = [
  ['{.items[0].metadata.name}', 'a'],
  ['{$.kind}', 'List'],
  ['{.items[*].metadata.name}', 'a b'],
  ['{.items[-1:].metadata.name}', 'b'],
  ['{.items[-1].metadata.name}', 'b'],
  ['{.items[0:1].metadata.name}', 'a'],
  ['{.items[0,1].metadata.name}', 'a b'],
  ["{.items[0].metadata['name']}", 'a'],
  ["{.items[1]['metadata','kind']}", '{"name":"b"}'],
  ['{.items[0].metadata.labels.app\\.kubernetes\\.io/name}', 'web'],
  ["{.items[0].metadata.labels['app.kubernetes.io/name']}", 'web'],
  ['{..name}', 'a b'],
  ['{.items[*].spec.ports[*].port}', '80 443'],
  ['{.items[?(@.status.phase=="Running")].metadata.name}', 'a'],
  ["{.items[?(@.status.phase!='Running')].metadata.name}", 'b'],
  ['{.items[?(@.status.restarts > 2)].metadata.name}', 'a'],
  ['{.items[?(@.status.restarts<=0)].metadata.name}', 'b'],
  ['{.items[?(@.status.ready==true)].metadata.name}', 'a'],
  ['{.items[?(@.spec)].metadata.name}', 'b'],
  [
    '{range .items[*]}{.metadata.name}{"\\t"}{.status.phase}{"\\n"}{end}',
    'a\tRunning\nb\tPending\n',
  ],
  ['{range .items[*]}[{range .spec.ports[*]}<{.port}>{end}]{end}', '[][<80><443>]'],
  ['name={.items[0].metadata.name} {"quoted }"}', 'name=a quoted }'],
  ['{.items[0].metadata.name .items[1].metadata.name}', 'ab'],
  ['{.nothing.here}', ''],
  ['{.items[9]}', ''],
  ['{.items[0].status.empty}', ''],
  ['{.items[1].status.ready}', 'false'],
];

const symbols = '{ } [ ] ( ) . ? * @ $ , : " \\ a b 1 = < -'.split(' ').concat(' ', "'");

describe('jsonpath', () => {
  for (const [template, printed] of cases) {
    it(`prints ${template}`, () => {
      assert.equal(evaluateTemplate(parseTemplate(template), list), printed);
    });
  }

  for (const template of ['{.a', '{.a[0}', '{range .a}', '{end}', '{.a[?(x}', '{.a[b:c]}', '{#}']) {
    it(`refuses ${template}`, () => {
      assert.throws(() => parseTemplate(template), UsageError);
    });
  }

  it('answers any text with a template or a usage error', () => {
    const text = fc.string({
      unit: fc.constantFrom(...symbols),
      maxLength: 30,
    });
    fc.assert(
      fc.property(text, (template) => {
        try {
          evaluateTemplate(parseTemplate(template), list);
        } catch (err) {
          assert.ok(err instanceof UsageError, String(err));
        }
      }),
    );
  });
});
