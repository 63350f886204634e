/**
 * The settings of the embedded server, given on its command line so that they win over any file.
 *
 * Durable by default: an acknowledged COMMIT has reached the disk. Sized for 2 cores; memory is taken as it is
 * used, so the same figures serve a small machine.
 */

export type Settings = Readonly<Record<string, string | number>>;

const DURABLE: Settings = {
  fsync: 'on',
  synchronous_commit: 'on',
  full_page_writes: 'on',
  // The default of macOS leaves data in the drive's cache.
  ...(process.platform === 'darwin' ? { wal_sync_method: 'fsync_writethrough' } : {}),
};

const SIZED: Settings = {
  max_connections: 50,
  shared_buffers: '256MB',
  work_mem: '16MB',
  maintenance_work_mem: '128MB',
  effective_cache_size: '4GB',
  // Solid-state disks.
  random_page_cost: 1.1,
  // Bulk claims write 100 MB/s: rare checkpoints write fewer full pages.
  max_wal_size: '4GB',
  min_wal_size: '512MB',
  checkpoint_timeout: '15min',
  checkpoint_completion_target: 0.9,
  // No standby reads this log.
  wal_level: 'minimal',
  max_wal_senders: 0,
  // Compiling a plan takes longer than our statements.
  jit: 'off',
  // Parallel plans need /dev/shm, which containers keep small, and the cores are busy checking signatures.
  max_parallel_workers_per_gather: 0,
};

const PLAIN: Settings = {
  timezone: 'UTC',
  log_timezone: 'UTC',
  // Errors reach the caller; rows and parameters never reach the log (PRIV-4).
  log_min_messages: 'warning',
  log_min_error_statement: 'panic',
  log_parameter_max_length_on_error: 0,
  log_checkpoints: 'off',
};

/** `-c name=value` for every setting, the caller's last. */
export function settingArguments(settings: Settings): string[] {
  return Object.entries({ ...DURABLE, ...SIZED, ...PLAIN, ...settings }).flatMap(([name, value]) => [
    '-c',
    `${name}=${value}`,
  ]);
}
