"""Routes and handlers of stock alerts that need not refuse other people, and why; and what others try to reach."""

OWN_DATA_ROUTES = {
    "GET /api/v1/stock_alerts": "what the caller waits for",
    "PUT /api/v1/stock_alerts/{listing_id}/{variant_id}": "anybody may wait for a sold-out variant; the alert is the caller's own",
    "DELETE /api/v1/stock_alerts/{variant_id}": "the caller's own alert",
}
OWN_DATA_HANDLERS = {
    "StockAlertsState": "what the viewer waits for",
    "StockAlertButtonState.toggle": "anybody may wait for a sold-out variant; the alert is the viewer's own",
}
PUBLIC_COLUMNS = {"stock_alert.shop_id": "anybody may wait for a shop's variants: the row is the waiting user's"}
