import assert from 'node:assert/strict';
import { createCelEnvironment } from './environment.ts';
import { authorizerValue, resourceCheckValue } from './libraries/authorizer.ts';
import { createMeter, matchConditionsLimit, objectLimit } from './meter.ts';
import type { CelType } from './types.ts';
import { toJson } from './values.ts';

const dynamic = createCelEnvironment({ object: 'dyn', oldObject: 'dyn', params: 'dyn' });

const evaluate = (
  expression: string,
  values: Readonly<Record<string, unknown>> = {},
  environment = dynamic,
): unknown => {
  const compiled = environment.compile(expression);
  if (!compiled.ok) return compiled.message;
  const result = compiled.program.evaluate(values);
  return result.ok ? toJson(result.value) : `error: ${result.message}`;
};

describe('expressions', () => {
  const object = {
    metadata: { name: 'a', labels: { app: 'x', 'a.b/c': 'y' }, namespace: 'n' },
    spec: {
      replicas: 3,
      ratio: 0.5,
      none: null,
      containers: [
        { name: 'c', image: 'example.com/c:1' },
        { name: 'd', image: 'd' },
      ],
    },
  };

  const untyped: readonly (readonly [string, unknown])[] = [
    ['object.spec.replicas > 1', true],
    ['object.spec.replicas + 1', 4],
    ['object.spec.ratio < 1.0', true],
    ['object.spec.none == null', true],
    ['object.metadata.namespace', 'n'],
    ["object.metadata.labels['a.b/c']", 'y'],
    ["'app' in object.metadata.labels", true],
    ['has(object.spec.paused)', false],
    ['has(object.spec.none)', true],
    ["object.?spec.?paused.orValue('no')", 'no'],
    ['object.spec.containers.all(c, size(c.name) == 1)', true],
    ["object.spec.containers.exists(c, c.image.startsWith('example.com/'))", true],
    ['object.spec.containers.map(c, c.name)', ['c', 'd']],
    ['object.spec.containers.filter(c, c.name == "d")', [{ name: 'd', image: 'd' }]],
    ['object.metadata.labels.all(k, k != "")', true],
    ['object == object', true],
    ['object.spec.missing', 'error: no such key: missing'],
    ['object.spec.containers[7]', 'error: index out of bounds: 7'],
    ["'got ' + object.spec.replicas", 'error: no such overload'],
    ["'got ' + string(object.spec.replicas)", 'got 3'],
    ['1 / 0', 'error: division by zero'],
    ['9223372036854775807 + 1', 'error: integer overflow'],
    ['{"a": 1, "b": object.spec.replicas}', { a: 1, b: 3 }],
  ];
  for (const [expression, expected] of untyped)
    it(expression, () => assert.deepEqual(evaluate(expression, { object }), expected));

  const libraries: readonly (readonly [string, unknown])[] = [
    ["quantity('1Gi').isGreaterThan(quantity('1000M'))", true],
    ["quantity('1').add(2).asInteger()", 3],
    ["isQuantity('ten')", false],
    ["url('https://a.example:8443/x?y=z&y=w').getPort()", '8443'],
    ["url('https://a.example:8443/x?y=z&y=w').getQuery()['y'].size()", 2],
    ["url('https://[::1]:80/').getHostname()", '::1'],
    ["isURL('not a url')", false],
    ["ip('10.0.0.1').family()", 4],
    ["ip.isCanonical('2001:DB8::1')", false],
    ["string(ip('2001:db8:0:0:1:0:0:1'))", '2001:db8::1:0:0:1'],
    ["isIP('10.0.0.01')", false],
    ["cidr('10.0.0.0/8').containsIP('10.9.9.9')", true],
    ["cidr('10.0.0.0/8').containsCIDR('10.1.0.0/16')", true],
    ["string(cidr('10.1.2.3/16').masked())", '10.1.0.0/16'],
    ["ip('127.0.0.1').isLoopback() && ip('8.8.8.8').isGlobalUnicast()", true],
    ["format.dns1123Label().validate('Nope').hasValue()", true],
    ["!format.named('dns1123Label').value().validate('yes').hasValue()", true],
    ['sets.contains([1, 2, 3], [3, 1])', true],
    ['sets.intersects([1], [2])', false],
    ['sets.equivalent([1, 1], [1])', true],
    ["'abc 123 x45'.find('[0-9]+')", '123'],
    ["'abc 123 x45'.findAll('[0-9]+')", ['123', '45']],
    ["'abc 123 x45'.findAll('[0-9]+', 1)", ['123']],
    ["'abc'.matches('^[a-c]{1,63}$')", true],
    ['[1, 2, 2].isSorted()', true],
    ['[3, 1, 2].sum() + [3, 1, 2].max() - [3, 1, 2].min()', 8],
    ["['a', 'b', 'a'].lastIndexOf('a')", 2],
    ['[1, 2, 3].all(i, v, v == i + 1)', true],
    ["{'a': 1, 'b': 2}.exists(k, v, k == 'b' && v == 2)", true],
    ['[1, 2, 3].transformList(i, v, i > 0, i * v)', [2, 6]],
    ["{'a': 1}.transformMap(k, v, v + 1)", { a: 2 }],
    ['[[1, 2], [3]].transformList(i, l, l.transformList(j, v, i * 10 + j + v))', [[1, 3], [13]]],
    ["semver('1.2.3').isLessThan(semver('1.10.0-rc.1'))", true],
    ["isSemver('v1.2', true) && !isSemver('v1.2')", true],
    ["jsonpatch.escapeKey('a/b~c')", 'a~1b~0c'],
    ["'%s is %d, %.2f'.format(['a', 1, 2.5])", 'a is 1, 2.50'],
    ["'a-b-c'.replace('-', '+', 1)", 'a+b-c'],
    ["duration('90m') > duration('1h')", true],
    ["string(timestamp('2026-01-02T03:04:05Z'))", '2026-01-02T03:04:05Z'],
    ["timestamp('2026-01-02T03:04:05Z').getFullYear()", 2026],
    ['cel.bind(x, 2, x * x)', 4],
  ];
  for (const [expression, expected] of libraries)
    it(expression, () => assert.deepEqual(evaluate(expression), expected));

  describe('over a schema', () => {
    const item: CelType = { fields: { port: 'int', at: 'timestamp', wait: 'duration' } };
    const self: CelType = {
      fields: {
        x: 'int',
        ratio: 'double',
        text: 'string',
        items: { list: item },
        byName: { map: item },
        __namespace__: 'string',
        any: 'dyn',
      },
      dataNames: { __namespace__: 'namespace' },
    };
    const typed = createCelEnvironment({ self });
    const value = {
      x: 1,
      ratio: 2,
      namespace: 'n',
      any: { b: [1, 'two'] },
      items: [{ port: 80, at: '2026-01-01T00:00:00Z', wait: '1h' }, { port: 81 }],
      byName: { a: { port: 1 } },
    };

    const cases: readonly (readonly [string, unknown])[] = [
      ['self.x + 1', 2],
      ['self.ratio * 2.0', 4],
      ['has(self.text)', false],
      ['self.items.all(i, i.port >= 80)', true],
      ['self.items[0].port', 80],
      ["self.items[0].at < timestamp('2027-01-01T00:00:00Z')", true],
      ["self.items[0].wait == duration('60m')", true],
      ['has(self.items[1].at)', false],
      ["self.byName['a'].port", 1],
      ['self.byName.all(k, self.byName[k].port == 1)', true],
      ['self.__namespace__', 'n'],
      ["self.any.b[1] == 'two'", true],
      ['self.items[0] == self.items[1]', false],
      ['self.items == self.items && self.items[0] in self.items', true],
    ];
    for (const [expression, expected] of cases)
      it(expression, () =>
        assert.deepEqual(evaluate(expression, { self: value }, typed), expected),
      );

    const refusals: readonly (readonly [string, string])[] = [
      ['self.z == 100', "1:5: undefined field 'z'\n | self.z == 100\n | ....^"],
      ["self.x > 'a'", "1:8: found no matching overload for '_>_' applied to '(int, string)'"],
      ["'a' + self.x", "1:5: found no matching overload for '_+_' applied to '(string, int)'"],
      ['other', "1:1: undeclared reference to 'other' (in container '')\n | other\n | ^"],
      ['foo(self.x)', "1:4: undeclared reference to 'foo' (in container '')"],
      [
        'self.text.contains(1)',
        "1:19: found no matching overload for 'contains' applied to 'string.(int)'",
      ],
      ['self.x ==', '1:10: Syntax error: '],
    ];
    for (const [expression, text] of refusals)
      it(`refuses ${expression}`, () => {
        const answer = String(evaluate(expression, {}, typed));
        assert.ok(answer.startsWith(`compilation failed: ERROR: <input>:${text}`), answer);
      });

    it('says what a result must be', () => {
      const compiled = typed.compile('self.x', 'bool');
      assert.deepEqual(compiled, { ok: false, message: 'must evaluate to bool' });
      assert.equal(typed.compile('self.x > 1', 'bool').ok, true);
      assert.equal(typed.compile('self.any', 'bool').ok, true);
    });
  });

  describe('bounds', () => {
    const cost = 'error: operation cancelled: actual cost limit exceeded';
    const list = Array.from({ length: 2000 }, (_, i) => i);

    it('ends nested loops over large lists', () => {
      const nested = 'object.all(a, object.all(b, object.all(c, a + b + c >= 0)))';
      assert.equal(evaluate(nested, { object: list }), cost);
      const swallowed = `${nested} || true`;
      assert.equal(evaluate(swallowed, { object: list }), cost);
      const two = 'object.all(i, a, object.all(j, b, object.all(k, c, c >= 0)))';
      assert.equal(evaluate(two, { object: list }), cost);
    });

    it('ends what grows or compares without end', () => {
      const double = (depth: number): string =>
        depth === 0 ? "'aaaaaaaaaaaaaaaa'" : `cel.bind(x, ${double(depth - 1)}, x + x)`;
      assert.equal(evaluate(`size(${double(40)})`), cost);
      assert.equal(evaluate('object.all(a, object != [a])', { object: list }), cost);
    });

    it('matches patterns in linear time', () => {
      const text = `${'a'.repeat(5000)}!`;
      assert.equal(evaluate("object.matches('^(a+)+$')", { object: text }), false);
      assert.match(String(evaluate("'a'.matches('(?=a)')")), /error parsing regexp/);
      assert.match(String(evaluate("'a'.matches('(a{1,1000}){1,1000}')")), /too large/);
      assert.equal(evaluate("'aab'.matches('(?i)^a{2}[[:upper:]]\\\\z')"), true);
    });

    it('refuses expressions that nest too deeply', () => {
      const deep = '('.repeat(5000) + '1' + ')'.repeat(5000);
      assert.match(String(evaluate(deep)), /^compilation failed/);
      const long = `1${' + 1'.repeat(15_000)}`;
      assert.match(String(evaluate(long)), /^(compilation failed|error|15001)/);
    });

    it('counts over many evaluations', () => {
      const meter = createMeter(Math.min(matchConditionsLimit, objectLimit));
      const compiled = dynamic.compile('object.all(a, a >= 0)');
      assert.ok(compiled.ok);
      let rounds = 0;
      for (; rounds < 100_000; rounds++)
        if (!compiled.program.evaluate({ object: list }, meter).ok) break;
      assert.ok(rounds > 10 && rounds < 100_000, String(rounds));
      assert.equal(meter.exhausted(), true);
    });
  });

  it('asks what others may do', () => {
    const environment = createCelEnvironment({ authorizer: 'authorizer', own: 'resource-check' });
    const questions: unknown[] = [];
    const check = (question: { readonly verb: string }) => {
      questions.push(question);
      return { allowed: question.verb === 'get', reason: 'because' };
    };
    const values = {
      authorizer: authorizerValue(check),
      own: resourceCheckValue(check, { resource: 'pods', namespace: 'n' }),
    };
    const expression =
      "authorizer.group('apps').resource('deployments').namespace('n').name('x').check('get').allowed()" +
      " && authorizer.path('/healthz').check('get').allowed() && own.check('put').reason() == 'because'";
    assert.equal(evaluate(expression, values, environment), true);
    const nothing = { group: '', resource: '', subresource: '', namespace: '', name: '', path: '' };
    const user = { ...nothing, serviceAccount: '' };
    assert.deepEqual(questions, [
      { ...user, group: 'apps', resource: 'deployments', namespace: 'n', name: 'x', verb: 'get' },
      { ...user, path: '/healthz', verb: 'get' },
      { ...user, resource: 'pods', namespace: 'n', verb: 'put' },
    ]);
  });

  it('asks for a variable once, when it is used', () => {
    let asked = 0;
    const values = {
      get object() {
        asked++;
        return [1, 2];
      },
    };
    assert.equal(evaluate('true || object[0] == 1', values), true);
    assert.equal(asked, 0);
    assert.equal(evaluate('object[0] == 1 && object[1] == 2', values), true);
    assert.equal(asked, 1);
  });
});
