// What a device may do in its vault, as the relay grants it and commands ask for it.

/** From most to least: an owner administers, an editor writes, a viewer reads. */
export const roles = ['owner', 'editor', 'viewer'] as const
export type Role = (typeof roles)[number]
