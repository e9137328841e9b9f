"""Leather and canvas goods: tote, backpack, wallet, belt and shoes."""

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
    line,
    path,
    rounded,
    tube,
    weave,
)
from platform_app.demo.palette import BRASS, CLOTH, LEATHER, PAPER, Tones, mix, tones
from platform_app.demo.shapes_textiles import fold, stitches


def _hide(rng: Random, t: Tones) -> Tile:
    """The fine grain of leather."""
    marks = "".join(
        line(
            f"M{rng.uniform(0, 60):.0f} {rng.uniform(0, 60):.0f}q{rng.uniform(-5, 5):.0f} 3 {rng.uniform(-6, 6):.0f} 6",
            rng.choice((t.deep, t.pale)),
            1.1,
            opacity=0.16,
        )
        for _ in range(34)
    )
    return Tile(marks, 64, 64)


def _creases(rng: Random, t: Tones) -> str:
    """Growth marks across a wallet's two faces."""
    spots = [(rng.uniform(-178, 160), rng.uniform(-104, 120)) for _ in range(90)]
    dark = "".join(f"M{x:.0f} {y:.0f}q5 {x % 5:.0f} {9 + y % 7:.0f} 2" for x, y in spots[::2])
    pale = "".join(f"M{x:.0f} {y:.0f}q4 {y % 5:.0f} {7 + x % 7:.0f} 3" for x, y in spots[1::2])
    return line(dark, t.deep, 1.2, opacity=0.2) + line(pale, t.pale, 1.2, opacity=0.25)


def _seam(d: str, t: Tones) -> str:
    return line(d, t.deep, 2.6, opacity=0.35) + line(
        d, mix(t.pale, PAPER.base, 0.4), 2, dash="7 4", opacity=0.85, cap="butt"
    )


def tote(t: Tones, rng: Random) -> str:
    hide = tones("#9c6440")
    body = "M-186 -350C-100 -340 100 -340 186 -350C196 -230 204 -120 198 -8C120 6 -120 6 -198 -8C-204 -120 -196 -230 -186 -350Z"
    back = "M-186 -350C-100 -366 100 -366 186 -350C100 -336 -100 -336 -186 -350Z"
    far = "M-84 -352C-84 -540 84 -540 84 -352"
    near = "M-92 -326C-100 -520 100 -520 92 -326"
    patches = "".join(
        path(rounded(s * 92 - 17, -330, 34, 58, 5), flat(hide)) + _seam(rounded(s * 92 - 12, -325, 24, 48, 3), hide)
        for s in (-1, 1)
    )
    return (
        line(far, hide.deep, 15)
        + path(back, t.deep)
        + path(body, flat(t))
        + path(body, weave(pitch=5, opacity=0.17))
        + fold("M-150 -330Q-120 -180 -164 -10", t, width=30)
        + fold("M150 -330Q118 -190 160 -10", t, width=30)
        + fold(f"M-20 -200Q{rng.uniform(-6, 26):.0f} -100 -40 -4", t, width=34)
        + path("M-198 -70C-120 -58 120 -58 198 -70V-8C120 6 -120 6 -198 -8Z", flat(hide))
        + _seam("M-196 -62C-120 -50 120 -50 196 -62", hide)
        + stitches("M-184 -334C-100 -324 100 -324 184 -334", t)
        + tube(near, hide, 16)
        + patches
    )


def backpack(t: Tones, _rng: Random) -> str:
    hide = tones("#8a5636")
    body = "M-160 -14C-176 -150 -172 -330 -128 -404C-80 -446 80 -446 128 -404C172 -330 176 -150 160 -14C100 6 -100 6 -160 -14Z"
    lid = "M-136 -398C-84 -448 84 -448 136 -398C156 -340 160 -290 156 -244C90 -222 -90 -222 -156 -244C-160 -290 -156 -340 -136 -398Z"
    pocket = rounded(-112, -184, 224, 156, 26)
    straps = ""
    for x in (-72, 72):
        straps += path(rounded(x - 13, -300, 26, 176, 6), flat(hide)) + _seam(rounded(x - 9, -296, 18, 166, 4), hide)
        straps += line(rounded(x - 19, -188, 38, 30, 6), BRASS.shade, 6) + line(
            rounded(x - 19, -188, 38, 30, 6), BRASS.light, 2.4
        )
        straps += line(f"M{x} -188V-160", BRASS.base, 4)
    side = "".join(path(f"M{s * 160} -150C{s * 196} -150 {s * 196} -40 {s * 156} -20Z", t.shade) for s in (-1, 1))
    return (
        line("M-34 -430C-34 -482 34 -482 34 -430", hide.deep, 15)
        + line("M-34 -432C-34 -480 34 -480 34 -432", hide.light, 5, opacity=0.6)
        + side
        + path(body, flat(t))
        + path(body, weave(pitch=4.5, opacity=0.15))
        + path(pocket, mix(t.base, t.light, 0.25))
        + path(pocket, weave(pitch=4.5, opacity=0.15))
        + line(pocket, t.deep, 3, opacity=0.4)
        + stitches(rounded(-105, -177, 210, 142, 21), t)
        + f'<g transform="translate(4 9)">{path(lid, t.deep, opacity=0.3)}</g>'
        + path(lid, flat(t, angle=(0, 0, 0.5, 1)))
        + path(lid, weave(pitch=4.5, opacity=0.15))
        + stitches("M-148 -252C-90 -232 90 -232 148 -252", t)
        + fold("M-120 -330Q-60 -300 -100 -250", t, width=22)
        + path("M-158 -44C-100 -26 100 -26 158 -44L160 -14C100 6 -100 6 -160 -14Z", flat(hide))
        + straps
    )


def wallet(t: Tones, rng: Random) -> str:
    """A card wallet on its open pair, seen from above."""
    marks = _creases(rng, t)
    cards = ""
    for i, colour in enumerate(("#d8cbb5", "#93a08b", "#c58f6e")):
        card = rounded(-150 + i * 8, -196 + i * 26, 300 - i * 16, 120, 10)
        cards += path(card, flat(tones(colour))) + line(card, "#2a2420", 1.2, opacity=0.2)
    body = rounded(-190, -112, 380, 250, 20)
    slot = "M-190 -30C-120 -30 -110 14 0 14C110 14 120 -30 190 -30V118A20 20 0 0 1 170 138H-170A20 20 0 0 1 -190 118Z"
    mark = line(ellipse(0, 84, 15, 15), t.deep, 2.4, opacity=0.55) + line("M-15 84H15M0 69V99", t.deep, 2, opacity=0.45)
    lean = rng.uniform(-14, -5)
    drawing = (
        cards
        + path(body, flat(t))
        + line(body, t.deep, 2.5, opacity=0.5)
        + f'<g transform="translate(0 -5)">{path(slot, t.deep, opacity=0.4)}</g>'
        + path(slot, flat(tones(mix(t.base, t.light, 0.35))))
        + marks
        + _seam("M-180 -18C-120 -16 -106 26 0 26C106 26 120 -16 180 -18", t)
        + _seam("M-181 0V114A14 14 0 0 0 -167 128H167A14 14 0 0 0 181 114V0", t)
        + mark
    )
    return at(0, 0, drawing, turn=lean)


def belt(t: Tones, _rng: Random) -> str:
    """Rolled up, edge towards the camera, the buckle end laid out in front."""
    coil = ""
    for radius in (178, 156, 134, 112, 90, 68):
        high = 74
        k = 0.3
        ring = f"M{-radius} {-high}A{radius} {radius * k:.0f} 0 0 0 {radius} {-high}V0A{radius} {radius * k:.0f} 0 0 1 {-radius} 0Z"
        if radius == 178:
            coil += path(ellipse(0, -high, radius, radius * k), t.deep) + path(
                ring, Ramp(((0, t.shade), (0.25, t.light), (0.6, t.base), (1, t.deep)))
            )
            coil += _seam(
                f"M{-radius + 2} {-high + 10}A{radius - 2} {radius * k:.0f} 0 0 0 {radius - 2} {-high + 10}", t
            )
            coil += _seam(f"M{-radius + 2} -8A{radius - 2} {radius * k:.0f} 0 0 0 {radius - 2} -8", t)
        coil += line(ellipse(0, -high, radius - 4, (radius - 4) * k), mix(t.base, "#d9b48a", 0.45), 7) + line(
            ellipse(0, -high, radius - 9, (radius - 9) * k), t.deep, 3, opacity=0.6
        )
    strap = "M40 62C120 66 200 40 254 6L262 60C210 98 120 122 36 116Z"
    buckle = (
        line("M196 20L276 -22L300 38L218 84Z", BRASS.deep, 15)
        + line("M196 20L276 -22L300 38L218 84Z", BRASS.light, 8)
        + line("M206 52L290 8", BRASS.base, 8)
    )
    end = (
        path(strap, Ramp(((0, t.base), (0.5, t.light), (1, t.base))))
        + _seam("M46 70C120 74 196 52 246 20", t)
        + _seam("M42 108C120 112 206 88 254 56", t)
        + buckle
    )
    return at(-30, -14, coil + at(0, 0, end, stretch=0.72))


def shoes(t: Tones, rng: Random) -> str:
    """A pair of low leather trainers, side on."""
    return at(34, -34, _shoe(tones(mix(t.base, t.shade, 0.35)), rng), scale=0.96) + at(-20, 0, _shoe(t, rng))


def _shoe(t: Tones, rng: Random) -> str:
    gum = tones("#e7dcc8")
    sole = (
        "M-226 -40C-234 -20 -228 0 -206 0H196C226 0 240 -16 236 -40C150 -30 40 -34 -40 -38C-110 -42 -180 -46 -226 -40Z"
    )
    upper = "M-222 -38C-230 -90 -224 -150 -206 -192C-180 -200 -120 -204 -92 -206C-70 -168 -20 -136 60 -114C140 -102 216 -92 232 -40C120 -34 -120 -34 -222 -38Z"
    collar = "M-206 -192C-176 -216 -118 -220 -92 -206C-110 -190 -180 -182 -206 -192Z"
    toe = "M126 -102C196 -94 226 -76 232 -40C190 -36 150 -36 112 -37C104 -62 108 -84 126 -102Z"
    heel = "M-222 -38C-230 -90 -224 -150 -206 -192L-168 -188C-180 -130 -178 -80 -168 -37Z"
    eyestay = "M-92 -206C-70 -168 -20 -136 60 -114L40 -84C-40 -96 -84 -120 -122 -176Z"
    laces = ""
    for step in range(5):
        x, y = -76 + step * 28, -176 + step * 18.5 - (step == 0) * 6
        laces += line(f"M{x - 20} {y + 20}L{x + 16} {y - 8}", gum.shade, 10) + line(
            f"M{x - 20} {y + 18}L{x + 16} {y - 10}", PAPER.base, 7
        )
    hide = _hide(rng, t)
    return (
        path("M-110 -204C-96 -250 -66 -246 -58 -228L-26 -156L-70 -170Z", t.shade)
        + path(upper, flat(t, angle=(0, 0, 0.4, 1)))
        + path(upper, hide)
        + path(collar, t.deep)
        + path(heel, mix(t.base, t.shade, 0.4))
        + _seam("M-168 -188C-180 -130 -178 -80 -168 -37", t)
        + path(toe, mix(t.base, t.light, 0.35))
        + _seam("M126 -102C108 -84 104 -62 112 -37", t)
        + fold("M60 -112Q84 -84 70 -44", t, width=16)
        + path(eyestay, mix(t.base, t.shade, 0.25))
        + _seam("M-116 -172C-80 -116 -40 -98 36 -88", t)
        + laces
        + path(sole, Ramp(((0, gum.light), (0.6, gum.base), (1, gum.shade)), (0, 0, 0, 1)))
        + line("M-226 -26C-100 -30 120 -20 236 -26", gum.deep, 1.8, opacity=0.4)
        + line("M-206 -2H200", gum.deep, 4, opacity=0.35)
    )


KINDS: Mapping[str, Kind] = {
    "tote bag": Kind(tote, (-216, -510, 216, 32), Stance.STAND, CLOTH, (30, -200), 190, 0.25, 0.07),
    "backpack": Kind(backpack, (-200, -490, 200, 16), Stance.STAND, CLOTH, (10, -250), 150, 0.3, 0.09),
    "wallet": Kind(wallet, (-250, -260, 250, 210), Stance.LAY, LEATHER, (-20, -10), 0, 0.15),
    "belt": Kind(belt, (-222, -160, 296, 88), Stance.STAND, LEATHER, (0, -40), 176, 0.1, 0.27),
    "shoes": Kind(shoes, (-262, -290, 284, 16), Stance.STAND, LEATHER, (-10, -110), 225, 0.25, 0.07),
}
