/** One thing that a step reads, creates, modifies or deletes. Default for `host`: the step's own. On another host a step only reads. */
export interface Effect {
  readonly how: 'reads' | 'creates' | 'modifies' | 'deletes'
  readonly what:
    'path' | 'volume' | 'project' | 'container' | 'image' | 'network' | 'database' | 'url' | 'process'
  readonly name: string
  readonly host?: string
  /** Of a container, volume, network or image: the Compose project that its label names. */
  readonly project?: string
  /** A change that creates, stops and replaces nothing, such as a reload: no step can be blocked on it. */
  readonly inPlace?: true
}
