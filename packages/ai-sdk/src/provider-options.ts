import type { SharedV4ProviderOptions } from '@ai-sdk/provider';

/** The name of this provider, also among `providerOptions`. */
export const PROVIDER = 'headwise';

/** The options of a call that are for this provider: options of core, which checks them. */
export function ownOptions(providerOptions: SharedV4ProviderOptions | undefined): object {
  return providerOptions?.[PROVIDER] ?? {};
}
