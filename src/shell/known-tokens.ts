/** Matches the tokens of well-known vendors, by their prefixes, JSON web tokens, and the first line of a private key. */
export const KNOWN_TOKENS = new RegExp(
  [
    String.raw`\b(?:gh[pousr]_[A-Za-z0-9]{20,}|github_pat_\w{20,}|gl(?:pat|rt|dt|ptt)-[\w-]{20,}|xox[abeoprs]-[\w-]{10,}`,
    String.raw`xapp-[\w-]{20,}|(?:AKIA|ASIA)[0-9A-Z]{16}|AIza[\w-]{35}|ya29\.[\w-]{20,}|sk-[\w-]{20,}`,
    String.raw`[sr]k_(?:live|test)_\w{10,}|whsec_\w{20,}|SG\.[\w-]{16,}\.[\w-]{16,}|npm_[A-Za-z0-9]{36}|pypi-[\w-]{40,}`,
    String.raw`do[opr]_v1_[a-f0-9]{60,}|hf_[A-Za-z0-9]{30,}|shp(?:at|ss|ca|pa)_[a-fA-F0-9]{32}|hv[sb]\.[\w-]{20,}`,
    String.raw`ops_eyJ[\w-]{20,}|dckr_(?:pat|oat)_[\w-]{20,}|glsa_\w{30,}|tskey-[a-z]+-[\w-]{20,}`,
    String.raw`sbp_[a-f0-9]{40}|lin_api_\w{30,}|\d{8,10}:AA[\w-]{33}|AGE-SECRET-KEY-1[0-9A-Z]{50,}`,
    String.raw`eyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]*)|-----BEGIN [A-Z ]{0,40}PRIVATE KEY(?: BLOCK)?-----`,
  ].join('|'),
  'g',
)
