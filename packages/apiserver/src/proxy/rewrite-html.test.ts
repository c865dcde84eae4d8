import assert from 'node:assert/strict';
import fc from 'fast-check';
import { rewriteHtml } from './rewrite-html.ts';

const mark = (url: string) => `!${url}`;

describe('pages behind a proxy', () => {
  for (const [html, expected] of [
    ['<a href="/x">y</a>', '<a href="!/x">y</a>'],
    ["<A class=b HREF='/x'>y</A>", "<A class=b HREF='!/x'>y</A>"],
    ['<img src=/x alt="<a href=/n>"/>', '<img src="!/x" alt="<a href=/n>"/>'],
    ['<script src="/x">"<a href=/n>"</script>', '<script src="!/x">"<a href=/n>"</script>'],
    ['<!-- <a href="/n"> --><a href="/x">', '<!-- <a href="/n"> --><a href="!/x">'],
    ['<p title="/n">1 < 2</p><link href="/x">', '<p title="/n">1 < 2</p><link href="!/x">'],
    ['<constructor href="/n"><a href', '<constructor href="/n"><a href'],
    ['<a href="/never closed', '<a href="/never closed'],
  ] as const) {
    it(`finds the URLs of ${html}`, () => assert.equal(rewriteHtml(html, mark), expected));
  }

  it('changes nothing but URLs', () => {
    const pieces = [
      '<',
      '>',
      'a',
      ' href',
      '=',
      '"',
      "'",
      '/',
      '<!--',
      '-->',
      '<script',
      '</',
      'x',
    ];
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...pieces), { maxLength: 40 }), (all) => {
        const html = all.join('');
        const plain = (text: string) => text.replaceAll(/["']/g, '').replaceAll(/\s*=\s*/g, '=');
        assert.equal(plain(rewriteHtml(html, (url) => url)), plain(html));
      }),
    );
  });
});
