// The one error that storage rejects with. Owns its codes; carries no name, key or value of what was to be stored.

export type StorageFault =
  /** No room: nothing of the batch was written. */
  | 'Quota'
  /** Another process or a newer version has it. */
  | 'HomeInUse'
  | 'Newer'
  | 'Closed'
  /** A value that is not what was stored here. */
  | 'Damaged'
  | 'Failed'

export class StorageFailure extends Error {
  constructor(
    readonly type: StorageFault,
    options?: ErrorOptions,
  ) {
    super(`storage: ${type}`, options)
    this.name = 'StorageFailure'
  }
}
