import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

type Labels = Readonly<Record<string, string | number>>;

/** Metrics of one process under their upstream names, printed for Prometheus. */
export interface Metrics {
  counter(name: string, help: string, labels?: readonly string[]): MetricCounter;
  gauge(name: string, help: string, labels?: readonly string[]): MetricGauge;
  /** `buckets` are upper bounds; upstream's own should be used, so that public dashboards fit. */
  histogram(
    name: string,
    help: string,
    labels: readonly string[],
    buckets: readonly number[],
  ): MetricHistogram;
  /** What `/metrics` answers. */
  text(): Promise<string>;
  readonly contentType: string;
}

export interface MetricCounter {
  inc(labels?: Labels, by?: number): void;
}
export interface MetricGauge {
  set(labels: Labels, value: number): void;
  inc(labels: Labels, by?: number): void;
  /** Calls `read` whenever metrics are printed, for values that are known elsewhere. */
  read(read: () => readonly { readonly labels: Labels; readonly value: number }[]): void;
}
export interface MetricHistogram {
  observe(labels: Labels, value: number): void;
}

export interface MetricsOptions {
  /** Add `process_*` and `nodejs_*`. They belong to the process, so one registry of it should have them. */
  readonly process?: boolean;
}

/** A registry of its own. Asking twice for a name gives the same metric. */
export function createMetrics({ process = false }: MetricsOptions = {}): Metrics {
  const registry = new Registry();
  if (process) collectDefaultMetrics({ register: registry });
  const registers = [registry];

  const once = <T>(name: string, make: () => T): T =>
    (registry.getSingleMetric(name) as T | undefined) ?? make();

  return {
    counter(name, help, labels = []) {
      const counter = once(name, () => new Counter({ name, help, labelNames: labels, registers }));
      return { inc: (labels = {}, by = 1) => counter.inc({ ...labels }, by) };
    },
    gauge(name, help, labels = []) {
      const readers: (() => readonly { readonly labels: Labels; readonly value: number }[])[] = [];
      const collect = () => {
        if (readers.length > 0) gauge.reset();
        for (const read of readers) {
          for (const { labels, value } of read()) gauge.set({ ...labels }, value);
        }
      };
      const gauge: Gauge = once(
        name,
        () => new Gauge({ name, help, labelNames: labels, registers, collect }),
      );
      return {
        set: (labels, value) => gauge.set({ ...labels }, value),
        inc: (labels, by = 1) => gauge.inc({ ...labels }, by),
        read: (read) => readers.push(read),
      };
    },
    histogram(name, help, labels, buckets) {
      const make = () =>
        new Histogram({ name, help, labelNames: labels, buckets: [...buckets], registers });
      const histogram = once(name, make);
      return { observe: (labels, value) => histogram.observe({ ...labels }, value) };
    },
    text: () => registry.metrics(),
    contentType: registry.contentType,
  };
}
