import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { repository } from '../testing/repository.ts';

describe('docs/resources.md', () => {
  it('says what the scheme and the sources say', () => {
    // Fails with the difference on stderr: `npm run docs` writes the page anew.
    execFileSync(process.execPath, [join(repository, 'scripts/resources.mjs'), '--check'], {
      cwd: repository,
      stdio: ['ignore', 'ignore', 'inherit'],
    });
  });
});
