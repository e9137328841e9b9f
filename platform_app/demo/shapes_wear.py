"""Clothes on a hanger or laid out: t-shirt, shirt, dress, jumper, trousers, beanie and scarf."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random

from platform_app.demo.kit import (
    Kind,
    Ramp,
    Stance,
    Tile,
    at,
    ellipse,
    flat,
    form,
    knit,
    line,
    path,
    rounded,
    smooth,
    tube,
    weave,
)
from platform_app.demo.palette import CLOTH, OAK, PAPER, STEEL, Tones, mix, tones
from platform_app.demo.shapes_textiles import fold, fringe, halves, stitches

HOOK = "M0 -262V-286C0 -300 26 -296 26 -318C26 -344 -20 -344 -22 -316"


def _hanger(*, bare: bool = False) -> str:
    """Wide enough to show when the shoulders are bare, and hidden in a sleeve when not."""
    x, y = (158, -196) if bare else (128, -176)
    bar = f"M{-x} {y}C{48 - x} {y - 10} -60 -254 0 -256C60 -254 {x - 48} {y - 10} {x} {y}"
    return line(HOOK, STEEL.shade, 6) + line(HOOK, STEEL.pale, 2) + tube(bar, OAK, 20)


def _cloth(d: str, t: Tones, texture: Tile) -> str:
    fall = Ramp(((0, t.base), (0.22, t.light), (0.55, t.base), (1, mix(t.base, t.shade, 0.8))), (0, 0, 1, 0.35))
    return path(d, fall) + path(d, texture)


def _sleeve(points: list[tuple[float, float]], t: Tones, texture: Tile, *, left: bool) -> str:
    side = -1 if left else 1
    d = smooth([(side * x, y) for x, y in points], closed=True)
    shade = Ramp(((0, t.light), (0.6, t.base), (1, t.shade))) if left else Ramp(((0, t.base), (1, t.shade)))
    return path(d, shade) + path(d, texture)


def _torso(hem: float, flare: float) -> str:
    return halves(
        [
            [(0.0, -206.0), (30, -212), (58, -240)],
            [(58, -240), (100, -228), (150, -196)],
            [(150, -196), (158, -140), (148, -70), (146, 60), (flare, hem)],
            [(flare, hem), (flare * 0.5, hem + 9), (0, hem + 10)],
        ]
    )


def _neck(t: Tones) -> str:
    """The inside of the back neck, and the hanger seen through it."""
    back = "M-60 -240C-40 -254 40 -254 60 -240C50 -212 30 -200 0 -198C-30 -200 -50 -212 -60 -240Z"
    return path(back, mix(t.shade, t.deep, 0.6))


def _neckband(t: Tones, *, width: float = 13) -> str:
    d = "M-58 -240C-48 -214 -28 -206 0 -205C28 -206 48 -214 58 -240"
    return line(d, t.shade, width + 3, cap="butt") + line(d, mix(t.base, t.light, 0.4), width, cap="butt")


def tshirt(t: Tones, rng: Random) -> str:
    texture = weave(pitch=3.2, opacity=0.07)
    arm = [(136.0, -204.0), (206, -150), (262, -62), (238, -36), (196, -24), (160, -76), (138, -120)]
    body = _torso(258, 150)
    folds = fold("M-118 -120Q-70 -40 -96 90", t) + fold("M104 -130Q66 -30 92 140", t)
    folds += fold(f"M-30 {rng.uniform(20, 60):.0f}Q-10 140 -36 250", t, width=26) + fold(
        "M48 60Q40 160 60 250", t, width=18
    )
    hems = stitches("M-148 244Q0 258 148 244", t)
    hems += stitches("M201 -40L250 -62", t) + stitches("M-201 -40L-250 -62", t)
    pocket = ""
    if rng.random() < 0.5:
        patch = "M36 -124H104V-58Q70 -40 36 -58Z"
        pocket = path(patch, t.base) + line(patch, t.deep, 1.6, opacity=0.4)
    return (
        _hanger()
        + _neck(t)
        + _sleeve(arm, t, texture, left=True)
        + _sleeve(arm, t, texture, left=False)
        + _cloth(body, t, texture)
        + folds
        + pocket
        + hems
        + _neckband(t)
        + line("M-146 -192Q-158 -140 -148 -96", t.deep, 2, opacity=0.35)
        + line("M146 -192Q158 -140 148 -96", t.deep, 2, opacity=0.35)
    )


def shirt(t: Tones, rng: Random) -> str:
    stripe = mix(t.base, PAPER.base, 0.7)
    texture = weave(pitch=3, opacity=0.08)
    if rng.random() < 0.4:
        texture = Tile(line("M4 0V20", stripe, 2.4, opacity=0.65, cap="butt"), 16, 20)
    arm = [(134.0, -206.0), (192, -140), (226, 10), (242, 184), (214, 196), (190, 186), (168, 20), (140, -110)]
    body = _torso(262, 158)
    cuffs = "".join(at(s * 217, 184, path(rounded(-30, -16, 60, 34, 6), flat(t)), turn=-5 * s) for s in (-1, 1))
    collar = "".join(
        path(f"M{s * 4} -204L{s * 58} -250C{s * 72} -236 {s * 80} -216 {s * 84} -196L{s * 44} -166Z", flat(t))
        + line(f"M{s * 4} -204L{s * 44} -166L{s * 84} -196", t.deep, 1.8, opacity=0.45)
        for s in (-1, 1)
    )
    placket = (
        path("M-15 -200H15V270H-15Z", mix(t.base, t.light, 0.5))
        + stitches("M-12 -196V268", t)
        + stitches("M12 -196V268", t)
    )
    buttons = "".join(
        path(ellipse(0, y, 6, 6), PAPER.base) + line(ellipse(0, y, 6, 6), t.deep, 1.2, opacity=0.6)
        for y in range(-160, 260, 66)
    )
    pocket = "M44 -112H112V-38L78 -20L44 -38Z"
    folds = (
        fold("M-112 -120Q-80 0 -104 160", t) + fold("M112 -10Q80 80 104 240", t) + fold("M-52 60Q-40 160 -60 256", t)
    )
    return (
        _hanger()
        + _neck(t)
        + _sleeve(arm, t, texture, left=True)
        + _sleeve(arm, t, texture, left=False)
        + cuffs
        + _cloth(body, t, texture)
        + folds
        + path(pocket, t.base)
        + path(pocket, texture)
        + line(pocket, t.deep, 1.6, opacity=0.45)
        + placket
        + buttons
        + collar
    )


def dress(t: Tones, rng: Random) -> str:
    texture = weave(pitch=3, opacity=0.07)
    top = halves(
        [
            [(0.0, -176.0), (40, -190), (58, -240)],
            [(58, -240), (82, -238)],
            [(82, -238), (88, -170), (118, -120)],
            [(118, -120), (108, -40), (96, 20)],
            [(96, 20), (40, 28), (0, 28)],
        ]
    )
    skirt = halves([[(0.0, 16.0), (97, 14)], [(97, 14), (142, 120), (196, 318)], [(196, 318), (100, 338), (0, 340)]])
    pleats = "".join(
        fold(f"M{x * 0.48:.0f} 26Q{x * 0.8:.0f} 140 {x} 326", t, width=rng.uniform(16, 28))
        for x in (-150, -92, -30, 40, 100, 152)
    )
    gathers = "".join(
        line(f"M{x} 22q{x * 0.05:.1f} 16 {x * 0.12:.1f} 34", t.deep, 2, opacity=0.28) for x in range(-88, 90, 11)
    )
    belt = path("M-98 10Q0 26 98 10V30Q0 46 -98 30Z", Ramp(((0, t.base), (0.3, t.light), (1, t.shade))))
    back = path("M-60 -238C-40 -226 40 -226 60 -238L46 -180H-46Z", t.deep)
    return (
        _hanger(bare=True)
        + back
        + _cloth(skirt, t, texture)
        + pleats
        + gathers
        + _cloth(top, t, texture)
        + fold("M-70 -110Q-40 -60 -60 10", t, width=16)
        + fold("M76 -110Q44 -50 56 10", t, width=16)
        + belt
        + line("M-58 -240Q-40 -190 0 -176Q40 -190 58 -240", t.shade, 6)
        + path(ellipse(0, -150, 5, 5), PAPER.base)
        + path(ellipse(0, -112, 5, 5), PAPER.base)
        + path(ellipse(0, -74, 5, 5), PAPER.base)
    )


def jumper(t: Tones, rng: Random) -> str:
    texture = knit(t.pale, t.deep, pitch=10, opacity=0.34)
    rib = Tile(
        line("M5 0V10", t.deep, 3.4, opacity=0.3, cap="butt") + line("M1 0V10", t.pale, 2, opacity=0.4, cap="butt"),
        9,
        10,
    )
    arm = [(130.0, -208.0), (196, -150), (234, 0), (246, 160), (214, 178), (184, 164), (166, 10), (140, -100)]
    body = _torso(236, 152)
    hem = "M-150 214Q0 232 150 214L146 268Q0 286 -146 268Z"
    cuffs = "".join(
        at(
            s * 217,
            176,
            path(rounded(-31, -14, 62, 50, 10), flat(t)) + path(rounded(-31, -14, 62, 50, 10), rib),
            turn=-4 * s,
        )
        for s in (-1, 1)
    )
    collar = "M-64 -244C-50 -204 -28 -190 0 -190C28 -190 50 -204 64 -244C54 -252 48 -250 44 -246C34 -220 20 -214 0 -214C-20 -214 -34 -220 -44 -246C-48 -250 -54 -252 -64 -244Z"
    cables = "".join(_cable(x, t) for x in (-70, 70)) if rng.random() < 0.6 else ""
    return (
        _hanger()
        + _neck(t)
        + _sleeve(arm, t, texture, left=True)
        + _sleeve(arm, t, texture, left=False)
        + cuffs
        + _cloth(body, t, texture)
        + cables
        + fold("M-116 -110Q-92 0 -120 190", t, width=28)
        + fold("M120 -110Q92 20 120 200", t, width=28)
        + path(hem, flat(t))
        + path(hem, rib)
        + path(collar, flat(t))
        + path(collar, rib)
    )


def _cable(x: float, t: Tones) -> str:
    body = line(f"M{x} -180V222", t.shade, 36, opacity=0.35, cap="butt")
    for step in range(10):
        y = -172 + step * 39
        body += line(f"M{x - 10} {y}C{x - 10} {y + 20} {x + 10} {y + 18} {x + 10} {y + 38}", t.deep, 14, opacity=0.5)
        body += line(f"M{x - 10} {y}C{x - 10} {y + 20} {x + 10} {y + 18} {x + 10} {y + 38}", t.light, 10)
        body += line(f"M{x + 11} {y + 2}C{x + 10} {y + 10} {x + 4} {y + 14} {x + 1} {y + 16}", t.light, 9)
    return body


def trousers(t: Tones, _rng: Random) -> str:
    texture = weave(pitch=4, opacity=0.1)
    d = halves(
        [
            [(0.0, -326.0), (112, -330)],
            [(112, -330), (116, -296)],
            [(116, -296), (140, -180), (146, -60), (138, 330)],
            [(138, 330), (80, 336), (34, 334)],
            [(34, 334), (20, 60), (0, -90)],
        ]
    )
    band = "M-113 -331Q0 -322 113 -331L117 -292Q0 -282 -117 -292Z"
    loops = "".join(path(rounded(x - 5, -330, 10, 42, 2), t.shade) for x in (-84, -36, 36, 84))
    pockets = line("M-76 -288C-84 -250 -106 -222 -132 -206", t.deep, 2.4, opacity=0.6) + line(
        "M76 -288C84 -250 106 -222 132 -206", t.deep, 2.4, opacity=0.6
    )
    creases = fold("M86 -250Q96 0 86 326", t, width=16) + fold("M-86 -250Q-92 0 -86 326", t, width=16)
    turnups = "".join(
        path(f"M{s * 33} 292L{s * 139} 290L{s * 138} 334L{s * 35} 336Z", flat(t))
        + line(f"M{s * 33} 292L{s * 139} 290", t.deep, 2, opacity=0.4)
        for s in (-1, 1)
    )
    return (
        path("M-108 -326Q0 -312 108 -326L104 -342Q0 -352 -104 -342Z", t.deep)
        + _cloth(d, t, texture)
        + creases
        + fold("M-20 -130Q-60 -90 -120 -84", t, width=18)
        + fold("M20 -130Q60 -90 120 -84", t, width=18)
        + pockets
        + line("M0 -290V-92", t.deep, 2.4, opacity=0.5)
        + stitches("M14 -286C16 -220 18 -180 2 -160", t)
        + turnups
        + path(band, flat(t))
        + loops
        + path(ellipse(0, -309, 9, 9), PAPER.shade)
        + line(ellipse(0, -309, 9, 9), t.deep, 1.5)
    )


def beanie(t: Tones, rng: Random) -> str:
    dome = "M-138 -70C-146 -190 -84 -282 0 -284C84 -282 146 -190 138 -70Z"
    cuff = "M-152 -4C-158 -40 -156 -76 -146 -98C-60 -112 60 -112 146 -98C156 -76 158 -40 152 -4C60 18 -60 18 -152 -4Z"
    ribs = ""
    for step in range(-8, 9):
        x = step * 17.2
        ribs += line(
            f"M{x:.0f} -92C{x * 1.02:.0f} -180 {x * 0.62:.0f} -258 {x * 0.12:.0f} -282", t.deep, 4, opacity=0.24
        )
        ribs += line(
            f"M{x - 6:.0f} -92C{x * 1.02 - 6:.0f} -180 {x * 0.62 - 4:.0f} -256 {x * 0.12:.0f} -280",
            t.pale,
            2.6,
            opacity=0.3,
        )
    cuffs = ""
    for step in range(-10, 11):
        x = step * 14.6
        cuffs += line(
            f"M{x:.0f} {-104 + abs(step) * 0.5:.0f}Q{x * 1.05:.0f} -50 {x * 1.02:.0f} {10 - abs(step) * 1.1:.0f}",
            t.deep,
            4.6,
            opacity=0.26,
        )
        cuffs += line(
            f"M{x - 6:.0f} {-104 + abs(step) * 0.5:.0f}Q{x * 1.05 - 6:.0f} -50 {x * 1.02 - 6:.0f} {9 - abs(step) * 1.1:.0f}",
            t.pale,
            2.8,
            opacity=0.32,
        )
    tag = path(rounded(54, -66, 46, 30, 3), tones("#a87448").base) + line(
        rounded(58, -62, 38, 22, 2), PAPER.base, 1.2, opacity=0.7, dash="3 2"
    )
    pom = _pompom(t, rng) if rng.random() < 0.55 else ""
    return (
        pom
        + path(dome, form(t))
        + ribs
        + line("M-146 -96C-60 -110 60 -110 146 -96", t.deep, 9, opacity=0.28)
        + path(cuff, form(t))
        + cuffs
        + tag
    )


def _pompom(t: Tones, rng: Random) -> str:
    pale = tones(mix(t.base, "#f3eadb", 0.55))
    body = path(ellipse(0, -318, 50, 48), pale.shade)
    for _ in range(150):
        angle, reach = rng.uniform(0, 360), rng.uniform(30, 58)
        body += at(
            0,
            -318,
            line(
                f"M{reach - 22:.0f} 0L{reach:.0f} {rng.uniform(-3, 3):.0f}",
                rng.choice((pale.base, pale.light, pale.shade, pale.pale)),
                4,
            ),
            turn=round(angle),
        )
    return body


def scarf(t: Tones, rng: Random) -> str:
    """Draped over an oak peg rail."""
    second = tones(mix(t.base, "#f2e9da", 0.7))
    back = "M-20 -240H128L136 182H-8Z"
    front = "M-132 -246C-110 -276 60 -280 92 -246C84 -120 92 60 86 248H-120C-126 60 -122 -120 -132 -246Z"
    bands = "".join(
        line(f"M-122 {y}Q-16 {y + 9} 87 {y}", second.base, w, cap="butt", opacity=0.9)
        for y, w in ((214, 22), (184, 8), (168, 8))
    )
    checks = (
        "".join(
            line(f"M{x} -262Q{x + 4} 0 {x + 3} 248", second.base, 5, cap="butt", opacity=0.4)
            for x in (-92, -52, 12, 52)
        )
        if rng.random() < 0.5
        else ""
    )
    texture = weave(pitch=5, opacity=0.15)
    rail = tube("M-250 -254H250", OAK, 24)
    return (
        fringe(rng, t, -6, 180, 140, 44)
        + path(back, Ramp(((0, t.shade), (1, t.deep))))
        + rail
        + fringe(rng, t, -118, 246, 204, 52)
        + path(
            front, Ramp(((0, t.shade), (0.06, t.light), (0.2, t.base), (1, mix(t.base, t.shade, 0.6))), (0, 0, 0, 1))
        )
        + checks
        + bands
        + path(front, texture)
        + fold("M-70 -262Q-54 0 -66 246", t, width=30)
        + fold("M10 -264Q26 0 14 246", t, width=34)
        + fold("M66 -256Q58 0 66 246", t, width=20)
    )


KINDS: Mapping[str, Kind] = {
    "t-shirt": Kind(tshirt, (-280, -350, 280, 280), Stance.HANG, CLOTH, (30, -90), 0, 0.3),
    "shirt": Kind(shirt, (-262, -350, 262, 290), Stance.HANG, CLOTH, (20, -110), 0, 0.3),
    "dress": Kind(dress, (-214, -350, 214, 352), Stance.HANG, CLOTH, (0, -40), 0, 0.3),
    "jumper": Kind(jumper, (-268, -350, 268, 292), Stance.HANG, CLOTH, (20, -80), 0, 0.3),
    "trousers": Kind(trousers, (-160, -360, 160, 350), Stance.LAY, CLOTH, (10, -170), 0, 0.3),
    "beanie": Kind(beanie, (-176, -390, 176, 22), Stance.STAND, CLOTH, (10, -120), 146, 0.35, 0.1),
    "scarf": Kind(scarf, (-270, -290, 270, 312), Stance.HANG, CLOTH, (0, 60), 0, 0.25),
}
