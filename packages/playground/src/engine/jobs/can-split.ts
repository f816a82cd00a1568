/** Whether this worker can start workers of its own, which a split model needs. */
export async function run(): Promise<boolean> {
  return typeof Worker === 'function';
}
