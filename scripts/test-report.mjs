// A mocha reporter: what `spec` prints, and beside it one JSON line for each result in the file named by
// BERTH_TEST_RESULTS, written as it comes, so that a run that is stopped has still told what it knew.
import { appendFileSync } from 'node:fs';
import mocha from 'mocha';

const file = process.env.BERTH_TEST_RESULTS;

export default class Report extends mocha.reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    const note = (state) => (test, err) =>
      appendFileSync(
        file,
        `${JSON.stringify({ state, title: test.fullTitle(), reason: err?.message ?? reasonOf(test) })}\n`,
      );
    runner.on('pass', note('passed'));
    runner.on('fail', note('failed'));
    runner.on('pending', note('skipped'));
  }
}

/** Why a test was skipped, when it or a suite around it says so. */
function reasonOf(runnable) {
  for (let at = runnable; at; at = at.parent) if (at.skipReason) return at.skipReason;
  return undefined;
}
