import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  choice,
  formatHelp,
  integer,
  list,
  optionalText,
  OptionsError,
  parseOptions,
  port,
  text,
  toggle,
} from './options.ts';

const table = {
  securePort: port(6443, 'Port.'),
  dataDir: text('/data', 'Directory.', 'DIR'),
  etcdServers: list([], 'Servers.'),
  store: choice(['embedded', 'etcd'], 'embedded', 'Store.'),
  detach: toggle(false, 'Go on in the background.'),
  nodeIp: optionalText('Address.'),
  nodes: integer(1, 'How many.', { min: 1 }),
};

describe('parseOptions', () => {
  it('takes the command line over the environment over the fallback', () => {
    const env = { BERTH_SECURE_PORT: '1', BERTH_DATA_DIR: '/env', BERTH_ETCD_SERVERS: 'a, b' };
    assert.deepEqual(parseOptions(table, ['--secure-port', '2', '--detach'], env), {
      securePort: 2,
      dataDir: '/env',
      etcdServers: ['a', 'b'],
      store: 'embedded',
      detach: true,
      nodeIp: undefined,
      nodes: 1,
    });
  });

  it('reports every problem at once, naming where it came from', () => {
    const parse = () =>
      parseOptions(
        table,
        ['--secure-port=70000', '--what', 'stray', '--detach=maybe', '--data-dir'],
        { BERTH_STORE: 'redis' },
      );
    assert.throws(parse, (err) => {
      assert.ok(err instanceof OptionsError);
      assert.deepEqual(err.problems, [
        'unknown flag --what',
        'unexpected argument stray',
        '--data-dir needs a value',
        '--secure-port: "70000" is not an integer from 0 to 65535',
        'BERTH_STORE: "redis" is not one of embedded, etcd',
        '--detach: "maybe" is neither true nor false',
      ]);
      return true;
    });
  });

  it('reads what was written, whatever the value', () => {
    fc.assert(
      fc.property(fc.string(), (value) => {
        assert.equal(parseOptions(table, [`--data-dir=${value}`], {}).dataDir, value);
        assert.equal(parseOptions(table, ['--data-dir', value], {}).dataDir, value);
      }),
    );
  });
});

describe('formatHelp', () => {
  it('names every flag with its default', () => {
    const help = formatHelp('berth apiserver [flags]', table);
    assert.match(help, /--secure-port PORT\n {6}Port\. \(default 6443\)/);
    assert.match(help, /--store embedded\|etcd/);
    assert.match(help, /--detach\n/);
  });
});
