import type { Environment } from '@marcbachmann/cel-js';
import { authorizerLibrary } from './authorizer.ts';
import { formatLibrary } from './format.ts';
import { ipLibrary } from './ip.ts';
import { listsLibrary } from './lists.ts';
import { quantityLibrary } from './quantity.ts';
import { regexLibrary } from './regex.ts';
import { semverLibrary } from './semver.ts';
import { setsLibrary } from './sets.ts';
import { stringsLibrary } from './strings.ts';
import { twoVariablesLibrary } from './two-variables.ts';
import { urlLibrary } from './url.ts';

/** What Kubernetes adds to the language. */
export const libraries: readonly ((environment: Environment) => void)[] = [
  authorizerLibrary,
  formatLibrary,
  ipLibrary,
  listsLibrary,
  quantityLibrary,
  regexLibrary,
  semverLibrary,
  setsLibrary,
  stringsLibrary,
  twoVariablesLibrary,
  urlLibrary,
];
