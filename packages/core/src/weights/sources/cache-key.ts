/**
 * Parameters that sign a URL or say until when it is valid: Amazon S3, CloudFront, Google Cloud Storage, Alibaba and Tencent Cloud, Akamai,
 * and tokens in general.
 */
const SIGNATURE =
  /^(?:x-(?:amz|goog|oss|cos|obs)-.*|expires|signature|key-pair-id|policy|googleaccessid|(?:aws|oss)?accesskeyid|(?:access_|security-|sas)?token|q-(?:sign|ak|key|header|url).*|hdn[te]a|hdnts|__gda__|auth_key)$/i;

/** Parameters of a shared access signature of Azure, which also has `sig`. */
const AZURE_SIGNATURE = /^(?:s[eiprtv]|spr|sig|sk[a-z]+|sdd|ses|saoid|suoid|scid)$/;

/** The key of a file in the cache: its URL without the parts of the query that differ with each signature of the same file. */
export function cacheKey(url: URL): string {
  const key = new URL(url);
  const isAzure = key.searchParams.has('sig');
  const isSignature = (name: string) => SIGNATURE.test(name) || (isAzure && AZURE_SIGNATURE.test(name));
  // Filtered as text: setting `searchParams` would encode the rest anew.
  const rest = key.search
    .slice(1)
    .split('&')
    .filter((part) => !isSignature(nameOf(part)));
  key.search = rest.join('&');
  return key.href;
}

function nameOf(part: string): string {
  return new URLSearchParams(part).keys().next().value ?? '';
}
