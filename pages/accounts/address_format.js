// The fields of a country's addresses, for `postal_address_fields.py`. Without an answer the neutral fields remain: the server checks them.
globalThis.plazaAddressFormat = async (country) => {
  const neutral = globalThis.plazaNeutralAddressFormat;
  if (!country) return neutral;
  try {
    const response = await fetch('/api/v1/address-formats/' + encodeURIComponent(country));
    if (response.ok) return await response.json();
  } catch {
    // No connection.
  }
  return neutral;
};
