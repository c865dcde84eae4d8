import type { Plugin } from '../framework.ts';

/**
 * Imports the module and calls its default export with the plugin's configuration; what that gives is the plugin.
 * Throws an `Error` that says what is wrong with it.
 */
export async function loadPlugin(module: string, config: unknown): Promise<Plugin> {
  const { default: create } = (await import(module)) as { readonly default?: unknown };
  if (typeof create !== 'function') {
    throw new Error('its default export is not a function that makes a plugin');
  }
  const plugin = (create as (config: unknown) => unknown)(config);
  if (!isPlugin(plugin)) {
    throw new Error('what its default export gives has neither filter nor score.prepare');
  }
  return plugin;
}

function isPlugin(value: unknown): value is Plugin {
  if (typeof value !== 'object' || value === null) return false;
  const { filter, score } = value as Partial<Record<'filter' | 'score', unknown>>;
  const scores = typeof score === 'object' && score !== null && 'prepare' in score;
  return typeof filter === 'function' || (scores && typeof score.prepare === 'function');
}
