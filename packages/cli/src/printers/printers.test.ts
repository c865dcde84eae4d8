import assert from 'node:assert/strict';
import { conflict, invalid, notFound, StatusError } from '@berth/api';
import { makePod } from '@berth/api/testing';
import { OptionsError } from '@berth/component-base';
import { findResource } from '../resources.ts';
import { testResources } from '../testing/resources.ts';
import { UsageError } from '../usage-error.ts';
import { parseCustomColumns, parseExpression, customCells } from './custom-columns.ts';
import { errorText } from './error-text.ts';
import { meaningOf } from './meaning.ts';
import { objectPrinter } from './object-output.ts';
import { parseOutput } from './output-form.ts';
import { choosePalette, plain } from './palette.ts';
import { sortByPath } from './sort.ts';
import { formatTable, tableCells } from './table.ts';

describe('errorText', () => {
  const pods = { group: '', resource: 'pods' };

  it('speaks as kubectl does', () => {
    assert.equal(
      errorText(notFound(pods, 'x')),
      'Error from server (NotFound): pods "x" not found',
    );
    assert.match(errorText(conflict(pods, 'x', 'stale')), /^Error from server \(Conflict\): /);
    assert.equal(errorText(new UsageError('bad flag')), 'error: bad flag');
    assert.equal(
      errorText(new StatusError({ message: 'Unauthorized', reason: 'Unauthorized', code: 401 })),
      'error: You must be logged in to the server (Unauthorized)',
    );
  });

  it('lists the problems of an invalid object', () => {
    const kind = { group: '', kind: 'Pod' };
    const problem = (field: string) =>
      ({ type: 'FieldValueRequired', field, detail: 'Required value' }) as const;
    assert.equal(
      errorText(invalid(kind, 'x', [problem('spec.containers')])),
      'The Pod "x" is invalid: spec.containers: Required value',
    );
    assert.equal(
      errorText(invalid(kind, 'x', [problem('a'), problem('b')])),
      'The Pod "x" is invalid: \n* a: Required value\n* b: Required value',
    );
  });

  it('tells that nobody listens, and several failures one by one', () => {
    const refused = Object.assign(new Error('connect ECONNREFUSED'), {
      code: 'ECONNREFUSED',
      address: '127.0.0.1',
      port: 6443,
    });
    assert.equal(
      errorText(refused),
      'The connection to the server 127.0.0.1:6443 was refused - did you specify the right host or port?',
    );
    assert.equal(
      errorText(new AggregateError([new UsageError('a'), notFound(pods, 'x')])),
      'error: a\nError from server (NotFound): pods "x" not found',
    );
    assert.equal(errorText(new OptionsError(['a', 'b'])), 'error: a\nerror: b');
  });
});

describe('parseOutput', () => {
  const read = (text?: string) => parseOutput(text, (path) => `content of ${path}`);

  it('reads every form', () => {
    assert.deepEqual(read(), { kind: 'table', wide: false });
    assert.deepEqual(read('wide'), { kind: 'table', wide: true });
    assert.deepEqual(read('jsonpath={.a}={.b}'), {
      kind: 'jsonpath',
      template: '{.a}={.b}',
      asJson: false,
    });
    assert.deepEqual(read('jsonpath-file=x'), {
      kind: 'jsonpath',
      template: 'content of x',
      asJson: false,
    });
  });

  it('refuses others, and forms without their templates', () => {
    assert.throws(
      () => read('xml'),
      /unable to match a printer suitable for the output format "xml"/,
    );
    assert.throws(() => read('jsonpath'), UsageError);
  });
});

const table = {
  columns: [{ name: 'Name', format: 'name' }, { name: 'Status' }, { name: 'Node', priority: 1 }],
  rows: [
    {
      cells: ['web', 'Running', 'a'],
      object: makePod('web', {}, { metadata: { labels: { b: '2', a: '1' } } }),
    },
  ],
};

describe('tables', () => {
  it('have the columns that were asked for', () => {
    const cells = (style: Parameters<typeof tableCells>[2]) => {
      const { headers, cells } = tableCells(table.columns, table.rows, style);
      return [headers, ...cells];
    };
    assert.deepEqual(cells({}), [
      ['NAME', 'STATUS'],
      ['web', 'Running'],
    ]);
    assert.deepEqual(
      cells({
        wide: true,
        withNamespace: true,
        showLabels: true,
        labelColumns: ['x/a'],
        kind: 'pod',
      }),
      [
        ['NAMESPACE', 'NAME', 'STATUS', 'NODE', 'A', 'LABELS'],
        ['default', 'pod/web', 'Running', 'a', '<none>', 'a=1,b=2'],
      ],
    );
  });

  it('never carry a control character of a server', () => {
    const rows = [{ cells: ['\u001b[2Jx', 'a\nb'], object: makePod('x') }];
    assert.deepEqual(tableCells(table.columns, rows, {}).cells, [['x', 'a...']]);
  });

  it('show colour by meaning, and only where it is wanted', () => {
    const coloured = choosePalette({ FORCE_COLOR: '1' }, false);
    const text = formatTable(['NAME', 'STATUS'], [['web', 'CrashLoopBackOff']], coloured);
    assert.ok(text.includes('\u001b[31mCrashLoopBackOff\u001b[0m'));
    assert.equal(choosePalette({ NO_COLOR: '1', FORCE_COLOR: '1' }, true), plain);
    assert.equal(choosePalette({}, false), plain);
    assert.notEqual(choosePalette({}, true), plain);
    assert.equal(choosePalette({ TERM: 'dumb' }, true), plain);
  });

  it('know what is broken, busy and fine', () => {
    const cases: readonly (readonly [string, string, string | undefined])[] = [
      ['STATUS', 'Running', 'good'],
      ['STATUS', 'Init:CrashLoopBackOff', 'bad'],
      ['STATUS', 'NotReady', 'bad'],
      ['STATUS', 'Ready,SchedulingDisabled', 'busy'],
      ['STATUS', 'ContainerCreating', 'busy'],
      ['READY', '1/2', 'busy'],
      ['READY', '2/2', 'good'],
      ['READY', '0/0', undefined],
      ['TYPE', 'Warning', 'bad'],
      ['NAME', 'Running', undefined],
    ];
    for (const [header, text, meaning] of cases)
      assert.equal(meaningOf(header, text), meaning, text);
  });
});

describe('objectPrinter', () => {
  const resource = findResource(testResources, 'pods');
  const object = makePod('web', {}, { metadata: { managedFields: [{ manager: 'x' }] } });
  const print = (text: string, isSingle = true) => {
    const form = parseOutput(text, () => '');
    assert.ok(form.kind !== 'table');
    return objectPrinter(form, { isSingle })([{ resource, object }]);
  };

  it('prints one object as itself and several as a list', () => {
    assert.equal((JSON.parse(print('json')) as { kind: string }).kind, 'Pod');
    assert.equal((JSON.parse(print('json', false)) as { kind: string }).kind, 'List');
    assert.match(print('yaml'), /^apiVersion: v1\nkind: Pod\nmetadata:\n/);
    assert.equal(print('name'), 'pod/web\n');
    assert.equal(print('jsonpath={.metadata.name}'), 'web');
    assert.equal(print('custom-columns=N:.metadata.name,X:.x'), 'N     X\nweb   <none>\n');
  });

  it('leaves out who manages which field', () => {
    assert.doesNotMatch(print('json'), /managedFields/);
  });

  it('leaves nothing in JSON that steers a terminal', () => {
    const form = { kind: 'json' } as const;
    const evil = makePod('web', {}, { metadata: { annotations: { a: '\u009b2J\u001b' } } });
    const text = objectPrinter(form, { isSingle: true })([{ resource, object: evil }]);
    assert.doesNotMatch(text.replaceAll('\n', ''), /\p{Cc}/u);
    const { metadata } = JSON.parse(text) as typeof evil;
    assert.deepEqual(metadata.annotations, { a: '\u009b2J\u001b' });
  });
});

describe('custom columns', () => {
  it('join what a path finds, and keep commas inside brackets', () => {
    const columns = parseCustomColumns("A:.items[0,1].n,B:.items[*]['n','m']");
    const object = { items: [{ n: 1 }, { n: 2, m: 3 }] };
    assert.deepEqual(customCells(columns, [object]), [['1,2', '1,2,3']]);
  });

  it('refuse columns without a path', () => {
    assert.throws(() => parseCustomColumns('A'), UsageError);
    assert.throws(() => parseCustomColumns(''), UsageError);
  });
});

describe('sortByPath', () => {
  const sorted = (...values: readonly unknown[]) =>
    sortByPath(values, parseExpression('.v'), (v) => (v === undefined ? {} : { v }));

  it('compares by worth: numbers, times, quantities, then words', () => {
    assert.deepEqual(sorted(10, 9, undefined), [undefined, 9, 10]);
    assert.deepEqual(sorted('2Gi', '100Mi'), ['100Mi', '2Gi']);
    assert.deepEqual(sorted('2026-01-02T00:00:00Z', '2026-01-01T23:00:00Z'), [
      '2026-01-01T23:00:00Z',
      '2026-01-02T00:00:00Z',
    ]);
    assert.deepEqual(sorted('b', 'a'), ['a', 'b']);
  });
});
