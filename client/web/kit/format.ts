/** Numbers with their units, as short as they stay useful. */

function digits(x: number): string {
  const size = Math.abs(x);
  return size >= 100 ? x.toFixed(0) : size >= 10 ? x.toFixed(1) : size >= 1 ? x.toFixed(2) : x.toPrecision(3);
}

/** Milliseconds as µs, ms or s; a dash for what is not known. */
export function time(ms: number | null): string {
  if (ms === null) return '–';
  if (ms === 0) return '0 ms';
  return ms < 0.1 ? `${digits(ms * 1000)} µs` : ms < 10_000 ? `${digits(ms)} ms` : `${digits(ms / 1000)} s`;
}

/** Seconds as 42 s, 3 min 20 s, 2 h 5 min. */
export function duration(seconds: number): string {
  const whole = Math.round(seconds);
  if (seconds < 10 && seconds !== whole) return `${seconds.toFixed(1)} s`;
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return whole % 60 === 0 ? `${whole / 60} min` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}

export function gflops(x: number | null): string {
  return x === null ? '–' : x >= 1000 ? `${digits(x / 1000)} TFLOP/s` : `${digits(x)} GFLOP/s`;
}

export function flops(x: number | null): string {
  if (x === null) return '–';
  for (const [unit, size] of [['T', 1e12], ['G', 1e9], ['M', 1e6], ['k', 1e3]] as const) if (x >= size) return `${digits(x / size)} ${unit}FLOP`;
  return `${x} FLOP`;
}

export function percent(x: number | null): string {
  return x === null ? '–' : x > 0 && x < 0.01 ? `${(x * 100).toFixed(1)} %` : `${(x * 100).toFixed(0)} %`;
}

export function bytes(x: number): string {
  for (const [unit, size] of [['GB', 1e9], ['MB', 1e6], ['kB', 1e3]] as const) if (x >= size) return `${digits(x / size)} ${unit}`;
  return `${x} B`;
}

/** With separators. */
export function count(x: number): string {
  return x.toLocaleString(document.documentElement.lang || undefined);
}
