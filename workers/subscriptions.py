"""The jobs that react to each event. A job receives the event's fields as keyword arguments."""

from platform_app.domain.accounts.events import (
    AccountDeleted,
    ChangedByOperator,
    EmailReplaced,
    SecurityChanged,
    SignedInFromNewDevice,
    TwoFactorReset,
)
from platform_app.domain.catalog.events import ListingsChanged, ListingsPublished, PricesDropped, VariantsRestocked
from platform_app.domain.exchange_rates.events import ExchangeRatesChanged
from platform_app.domain.shops.events import (
    OwnershipTransferred,
    ShopChangedByOperator,
    ShopClosed,
    ShopSettingsChanged,
    StaffInvited,
)
from platform_app.infra.events import Subscriptions
from workers import accounts, favourites, following, search, shops, stock_alerts

SUBSCRIPTIONS: Subscriptions = {
    AccountDeleted: (accounts.notify_deleted_account,),
    ChangedByOperator: (accounts.record_operator_change,),
    EmailReplaced: (accounts.notify_old_email,),
    ExchangeRatesChanged: (search.reindex_currencies,),
    ListingsChanged: (search.reindex,),
    ListingsPublished: (following.record_new_listings,),
    OwnershipTransferred: (shops.notify_owners,),
    PricesDropped: (favourites.notify_price_drop,),
    SecurityChanged: (accounts.notify_security_change,),
    ShopChangedByOperator: (shops.record_operator_change,),
    ShopClosed: (shops.notify_closed,),
    ShopSettingsChanged: (search.reindex_changed_shop, stock_alerts.check_shop),
    SignedInFromNewDevice: (accounts.notify_new_device,),
    StaffInvited: (shops.send_invitation,),
    TwoFactorReset: (accounts.notify_two_factor_reset,),
    VariantsRestocked: (stock_alerts.notify_waiting,),
}
