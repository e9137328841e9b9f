"""Typed access to Reflex for pages: event handlers, values that exist only in the browser, and JavaScript expressions.

The component kit may use this module: it does not import states or the domain.
"""

from typing import Any, TypeAlias, TypeVar, cast

import reflex as rx
from reflex.event import EventHandler, EventSpec
from reflex.experimental.client_state import ClientStateVar
from reflex_base.utils.imports import ImportVar
from reflex_base.vars.base import VarData
from reflex_base.vars.object import ObjectVar
from reflex_components_core.core.banner import has_connection_errors  # type: ignore[import-untyped]

from state.core.hooks import Hook
from state.core.page_url import MAX_KEY_LENGTH

View = TypeVar("View")
BoundEvent: TypeAlias = EventSpec  # an event with its arguments, as handlers return it and triggers take it

HOOKS = (
    Hook(
        "reflex_base.vars.base:Var._get_all_var_data",
        "a JavaScript expression needs the imports and hooks of its variables",
        parameters=(),
    ),
    Hook("reflex.experimental.client_state:ClientStateVar.create", "values that exist only in the browser"),
    Hook("reflex_components_core.core.banner:has_connection_errors", "whether the backend cannot be reached"),
    Hook(
        "reflex_base.vars.base:VarData.__init__",
        "expressions carry their imports and hooks",
        source=("imports", "hooks"),
    ),
)


def event_handler(method: object) -> EventHandler:
    """A state's method with its type at run time: Reflex replaces it with an event handler."""
    return cast(EventHandler, method)


def object_var(value: View) -> ObjectVar[View]:
    """A state class's variable with its type at run time."""
    return cast(ObjectVar[View], value)


def pathname() -> rx.Var[str]:
    """The path of the page that the browser shows."""
    return rx.Var(_PATH, _var_type=str, _var_data=_LOCATION)


def current_url() -> rx.Var[str]:
    """The path and query of the page that the browser shows, truncated like `PageUrl.key`."""
    search = "(typeof window === 'undefined' ? '' : window.location.search)"
    return rx.Var(f"({_PATH} + {search}).slice(0, {MAX_KEY_LENGTH})", _var_type=str, _var_data=_LOCATION)


def current_title() -> rx.Var[str]:
    """The document's current title, which a loading page can keep."""
    return rx.Var("((typeof document !== 'undefined' && document.title) || 'Plaza')", _var_type=str)


def should_render(is_ready: rx.Var[bool]) -> rx.Var[bool]:
    """Whether to render a page: true once its data is complete, or if the page was served without a first paint.

    The page is rendered once, as deferred work, so that the visitor's actions come first; otherwise React renders a
    state change without interruption. The first paint is removed at the same time.
    """
    is_served = "() => document.getElementById('first-paint')"
    hooks = (
        f"const isServerRendered = useSyncExternalStore(() => () => {{}}, {is_served}, () => true);",
        f"const shouldRender = useDeferredValue({is_ready!s} || !isServerRendered);",
        f"useLayoutEffect(() => {{ if (shouldRender) ({is_served})()?.remove(); }}, [shouldRender]);",
    )
    react_imports = [ImportVar(tag=tag) for tag in ("useDeferredValue", "useLayoutEffect", "useSyncExternalStore")]
    var_data = VarData(imports={"react": react_imports}, hooks=dict.fromkeys(hooks))
    return rx.Var("shouldRender", _var_type=bool, _var_data=VarData.merge(is_ready._get_all_var_data(), var_data))


def run_on_change(variable: rx.Var[Any], function: str) -> rx.Var[str]:
    """Call a JavaScript function with a variable's value whenever it changes; use the result as an attribute.

    The function runs with the rendering of the new value, before mutation observers see it.
    """
    hook = f"useLayoutEffect(() => {{ ({function})({variable!s}); }}, [{variable!s}]);"
    own = VarData(imports={"react": [ImportVar(tag="useLayoutEffect")]}, hooks={hook: None})
    return rx.Var("''", _var_type=str, _var_data=VarData.merge(variable._get_all_var_data(), own))


def is_connection_lost() -> rx.Var[bool]:
    """Whether the last attempt to reach the web tier failed."""
    return cast(rx.Var[bool], has_connection_errors)


def client_event(script: str) -> rx.Var[Any]:
    """An event trigger that runs a JavaScript function and sends nothing."""
    return rx.Var(script).to(rx.vars.FunctionVar, rx.EventChain)


def event_trigger(method: object) -> rx.Var[Any]:
    """A JavaScript function that sends this event."""
    chain = rx.EventChain.create(value=event_handler(method), args_spec=rx.event.no_args_event_spec)
    return cast(rx.Var[Any], rx.Var.create(chain))


def event_trigger_with(method: object, *types: type) -> rx.Var[Any]:
    """A JavaScript function that sends this event with arguments of these types."""
    chain = rx.EventChain.create(value=event_handler(method), args_spec=rx.event.passthrough_event_spec(*types))
    return cast(rx.Var[Any], rx.Var.create(chain))


def client_state(name: str, default: object) -> Any:
    """A value that exists only in the browser; components with the same name share it."""
    return ClientStateVar.create(name, default=default)


def npm_package(name: str) -> dict[str, Any]:
    """The imports of a component whose script loads this package only when it needs it."""
    return {name: ImportVar(tag=None, render=False)}


def var_data(*variables: Any) -> VarData | None:
    """The imports, hooks and states that JavaScript with these variables needs."""
    return VarData.merge(*(each._get_all_var_data() for each in variables))


_LOCATION = VarData(
    imports={"react-router": [ImportVar(tag="useLocation")]}, hooks={"const plazaLocation = useLocation();": None}
)
_PATH = "plazaLocation.pathname.replace(/(.)\\/+$/, '$1')"
