// The sample application: an HTTP server that says where it runs, can be made busy, and ends at once when asked to.
import { createServer } from 'node:http';
import { hostname, networkInterfaces } from 'node:os';
import { setImmediate } from 'node:timers';

const port = Number(process.env.PORT ?? 8080);
const version = process.env.APP_VERSION ?? '1';

const addresses = Object.values(networkInterfaces()).flat();
const podIP = addresses.find(({ family, internal }) => family === 'IPv4' && !internal)?.address;
const self = { hostname: hostname(), podIP: process.env.POD_IP ?? podIP ?? '127.0.0.1', version };

/** Work is done in slices, so that probes are answered in between. */
const sliceMs = 10;
const maxBurnMs = 60_000;

const server = createServer((request, response) => {
  const { pathname, searchParams } = new URL(request.url, 'http://app');
  const answer = (code, body) => {
    const text = `${JSON.stringify(body)}\n`;
    response.writeHead(code, {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(text),
    });
    response.end(text);
    console.log(`${request.method} ${request.url} ${code}`);
  };

  if (pathname === '/') return answer(200, self);
  if (pathname === '/healthz') return answer(200, { ok: true });
  if (pathname === '/burn') {
    const ms = Math.min(maxBurnMs, Number(searchParams.get('ms')) || 100);
    return burn(ms, () => answer(200, { ...self, burnedMs: ms }));
  }
  if (pathname === '/stop') {
    response.once('close', () => process.exit(Number(searchParams.get('code')) || 0));
    return answer(200, { ...self, stopping: true });
  }
  return answer(404, { error: `nothing at ${pathname}` });
});

function burn(ms, done) {
  if (ms <= 0) return done();
  const start = process.hrtime.bigint();
  const slice = BigInt(Math.min(ms, sliceMs)) * 1_000_000n;
  while (process.hrtime.bigint() - start < slice);
  setImmediate(burn, ms - sliceMs, done);
}

// The first process of a container is not ended by a signal it does not handle.
for (const signal of ['SIGTERM', 'SIGINT']) process.once(signal, () => process.exit(0));

server.listen(port, () => {
  console.log(`Listening on ${server.address().port}, version ${version}`);
});
