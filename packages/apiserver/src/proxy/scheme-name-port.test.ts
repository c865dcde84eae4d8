import assert from 'node:assert/strict';
import { parseSchemeNamePort } from './scheme-name-port.ts';

describe('scheme, name and port of a proxy', () => {
  for (const [text, expected] of [
    ['web', { scheme: 'http', name: 'web', port: '' }],
    ['web:80', { scheme: 'http', name: 'web', port: '80' }],
    ['web:metrics', { scheme: 'http', name: 'web', port: 'metrics' }],
    ['https:web:443', { scheme: 'https', name: 'web', port: '443' }],
    ['https:web:', { scheme: 'https', name: 'web', port: '' }],
    [':web:80', { scheme: 'http', name: 'web', port: '80' }],
    ['', undefined],
    [':80', undefined],
    ['ftp:web:21', undefined],
    ['a:b:c:d', undefined],
  ] as const) {
    it(`reads ${JSON.stringify(text)}`, () => {
      assert.deepEqual(parseSchemeNamePort(text), expected);
    });
  }
});
