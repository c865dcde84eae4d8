import { gzipSync } from 'node:zlib';
import fc from 'fast-check';

const magic = Buffer.from('k8s\0');

const aliases = (levels: number) =>
  Array.from({ length: levels }, (_, i) =>
    i === 0 ? 'a0: &a0 [x, x]' : `a${i}: &a${i} [*a${i - 1}, *a${i - 1}, *a${i - 1}]`,
  ).join('\n');

const texts: readonly string[] = [
  '',
  ' ',
  'null',
  '[]',
  '"text"',
  '0',
  '{',
  '{"a":',
  '{"a":1}}',
  '{"a":1,}',
  "{'a':1}",
  '{"kind":"ConfigMap","kind":"Secret"}',
  '{"metadata":{"name":"a","name":"b"}}',
  '\ufeff{}',
  '{"a":1e999}',
  '{"metadata":{"name":"a"},"data":{"__proto__":"x"}}',
  '{"__proto__":{"polluted":"yes"},"metadata":{"name":"a"}}',
  '{"constructor":{"prototype":{"polluted":"yes"}}}',
  '['.repeat(100_000),
  '{"a":'.repeat(50_000),
  '['.repeat(10_000) + ']'.repeat(10_000),
  '[{"op":"add","path":"/__proto__/polluted","value":"yes"}]',
  '[{"op":"add","path":"/constructor/prototype/polluted","value":"yes"}]',
  '[{"op":"copy","from":"","path":"/data"}]',
  '[{"op":"move","from":"/metadata","path":"/metadata/labels"}]',
  '[{"op":"add","path":"/data/9999999999","value":[]}]',
  '{"$patch":"delete"}',
  '{"$retainKeys":["a"],"metadata":{"$setElementOrder/finalizers":[null]}}',
  '{"$deleteFromPrimitiveList/finalizers":[{}]}',
  aliases(40),
  '&a [*a]',
  'a: &a\n  b: *a',
  '!!js/function "x"',
  '- '.repeat(20_000),
  '? '.repeat(5_000),
  '{'.repeat(5_000),
  'a: |\n' + '  x\n'.repeat(5_000),
  '%YAML 9.9\n---\n',
  '---\na: 1\n---\nb: 2',
  '<<: *x',
];

/** Bodies that are wrong before anybody asks what they say. */
export const brokenBody: fc.Arbitrary<Buffer> = fc.oneof(
  fc.constantFrom(...texts).map((text) => Buffer.from(text)),
  fc.constantFrom(...texts).map((text) => gzipSync(text)),
  fc.constant(gzipSync(Buffer.alloc(2_000_000))),
  fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
  fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.concat([magic, bytes])),
  fc.constant(Buffer.concat([magic, Buffer.alloc(3_000, 0x0a)])),
);

/** Text with a few of its bytes changed, dropped or repeated. */
export const mutated = (text: string): fc.Arbitrary<Buffer> => {
  const bytes = Buffer.from(text);
  const at = fc.nat({ max: Math.max(0, bytes.length - 1) });
  return fc.oneof(
    fc.tuple(at, fc.nat({ max: 255 })).map(([i, byte]) => {
      const changed = Buffer.from(bytes);
      if (changed.length > 0) changed[i] = byte;
      return changed;
    }),
    at.map((i) => bytes.subarray(0, i)),
    fc.tuple(at, at).map(([i, j]) => Buffer.concat([bytes.subarray(0, i), bytes.subarray(j)])),
  );
};
