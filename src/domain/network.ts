const v4 = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\/(\d{1,2})$/
const v6 = /^([0-9a-f:]+)\/(\d{1,3})$/

/** Whether a text is a network with its length, such as `10.1.0.0/16` or `2001:db8::/64`. */
export const isNetwork = (text: string): boolean => {
  const four = v4.exec(text)
  if (four) return four.slice(1, 5).every((part) => Number(part) <= 255) && Number(four[5]) <= 32
  const [, address, length] = v6.exec(text) ?? []
  // IPv4 in the form of IPv6 would hide how wide it is.
  if (address !== undefined && /^[0:]*:ffff:/.test(address)) return false
  return address !== undefined && URL.canParse(`http://[${address}]/`) && Number(length) <= 128
}

/** Whether a network is so large that it excludes hardly anybody; two halves of all addresses would be all of them. */
export const isWide = (network: string): boolean =>
  Number(network.slice(network.indexOf('/') + 1)) < (network.includes(':') ? 16 : 8)
