"""Sentences and words that the demo's listings share, by family of product."""

from __future__ import annotations

from collections.abc import Mapping

SERIES = (
    "Alder|Anning|Arden|Barrow|Beck|Brae|Calder|Carrick|Cove|Dell|Dunmore|Eddy|Ellery|Farrow|Fenn|Garth|Glebe|Hallow|Hearth|Holt|"
    "Isla|Kelda|Kirk|Larkfield|Linden|Lowen|Marlow|Merrow|Nettle|Orrin|Pell|Quarry|Ridley|Rill|Selby|Skerry|Sorrel|Tarn|Thorne|Vale|"
    "Wend|Weir|Winter|Wold|Yarrow|Zennor|Harbour"
).split("|")

LEADS: Mapping[str, tuple[str, ...]] = {
    "clay": ("Wheel-thrown", "Hand-glazed", "Small-batch", "Wood-ash", "Everyday", "Wide", "Quiet"),
    "vessel": ("Wheel-thrown", "Hand-glazed", "Small-batch", "Wood-ash", "Quiet", "Studio", "Low-fired"),
    "canvas": ("Hand-stitched", "Waxed", "Weekend", "Market-day", "Plain", "Workshop", "Commuter"),
    "desk": ("Hand-turned", "Balanced", "Slim", "Everyday", "Studio", "Polished", "Travelling"),
    "print": ("Small-edition", "Numbered", "Studio", "Quiet", "Hand-pulled", "Cut-paper", "Autumn"),
    "blade": ("Hand-finished", "Forged", "Slim", "Everyday", "Plain", "Bench-made", "Well-balanced"),
    "watch": ("Hand-wound", "Everyday", "Slim", "Plain", "Bench-made", "Classic", "Quiet"),
    "textile": ("Washed", "Soft", "Heavyweight", "Everyday", "Garden-dyed", "Relaxed", "Plain"),
    "wool": ("Chunky", "Fine-gauge", "Hand-linked", "Winter", "Close-knit", "Soft", "Coastal"),
    "leather": ("Hand-stitched", "Everyday", "Slim", "Waxed", "Saddle-stitched", "Weekend", "Plain"),
    "paper": ("Hand-bound", "Sewn", "Studio", "Everyday", "Lay-flat", "Letterpress", "Quiet"),
    "wood": ("Hand-oiled", "Solid", "Pegged", "Plain", "Bench-made", "Low", "Workshop"),
    "food": ("Small-batch", "Single-estate", "Unhurried", "Farm", "Seasonal", "Hillside", "Cellar"),
    "care": ("Cold-made", "Gentle", "Small-batch", "Unhurried", "Garden", "Plain", "Botanical"),
    "tech": ("Serviced", "Classic", "Workshop", "Overhauled", "Tested", "Compact", "Everyday"),
    "jewel": ("Fine", "Hammered", "Bench-made", "Delicate", "Plain", "Hand-finished", "Everyday"),
    "toy": ("Turned", "First", "Rainy-day", "Chunky", "Hand-painted", "Sturdy", "Pocket"),
}

MAKING: Mapping[str, tuple[str, ...]] = {
    "clay": (
        "Thrown in {material} and glazed by dipping, so the line where the colour stops is never quite level.",
        "Made in {material}, dried for ten days and fired twice. The {colour} glaze is mixed here from raw minerals.",
        "Each one is thrown, turned and signed by the same potter. The {material} comes from a pit we have visited.",
    ),
    "vessel": (
        "Thrown in {material} and glazed by dipping, so the line where the colour stops is never quite level.",
        "Made in {material}, dried for ten days and fired twice. The {colour} glaze is mixed here from raw minerals.",
    ),
    "canvas": (
        "Cut from {material} in {colour} and sewn on a machine older than any of us.",
        "The {material} is stiff at first and gives within a month. Seams are bound, so nothing frays inside.",
        "Made start to finish by one person, in {material}, with leather where it wears first.",
    ),
    "desk": (
        "Made in {material}: turned, bored and polished on one small lathe.",
        "The {colour} is in the material rather than on it, and polishes back up if it is ever scratched.",
    ),
    "print": (
        "Printed on {material}, in a run short enough that we look at every sheet.",
        "The {colour} was mixed by eye, over three evenings, and then written down. Printed on {material}.",
    ),
    "blade": (
        "Made in {material}, hardened and tempered in the same small workshop.",
        "A working tool in {material}; the {colour} handle is shaped on a belt and finished by hand.",
    ),
    "watch": (
        "Assembled, adjusted and cleaned at one bench, in {material}.",
        "The strap is {colour}, stitched by hand, and changes without tools. The case is {material}.",
    ),
    "textile": (
        "Cut and sewn from {material} in our own workshop, then washed once so that it arrives the size it will stay.",
        "The {material} is woven for us in short lengths and dyed {colour} before it is cut.",
        "We chose this {material} for its weight: enough to hang well, light enough for two seasons.",
    ),
    "wool": (
        "Knitted or woven from {material}, in a {colour} that is dyed as fleece rather than as cloth.",
        "The {material} is spun to our own count by a small mill and finished by hand.",
        "Made in {material} that has been washed in soft water and nothing harsher.",
    ),
    "leather": (
        "Cut by hand from {material} and stitched with waxed linen thread.",
        "We use {material} in {colour}, dyed through, so a scratch does not show a different colour underneath.",
        "Made start to finish by one person, in {material} that will darken where you hold it.",
    ),
    "paper": (
        "Made with {material}, in {colour}, and finished on a hand press.",
        "We worked with {material} because it takes ink slowly and forgives corrections.",
        "Put together by hand in batches of sixty, with {material}.",
    ),
    "wood": (
        "Built in {material}, planed rather than sanded on its show faces, and finished in {colour}.",
        "The {material} is air-dried for two years, then cut so that the grain runs with the load.",
        "Made to order in {material}. The {colour} finish is a hard oil, rubbed in three times.",
    ),
    "food": (
        "From {material}, in a small lot that we tasted before we bought.",
        "Made with {material} and nothing added. The lot number on the label leads back to one field.",
        "Packed here by hand the week it is posted, from {material}.",
    ),
    "care": (
        "Made with {material} in batches of forty, and labelled with the day it was poured.",
        "The base is {material}. There is no palm oil, no colouring and no perfume we would not name.",
        "Blended and packed by hand. {Material} does most of the work.",
    ),
    "tech": (
        "Built in {material}, opened on our bench, cleaned and tested for a full day before it is listed.",
        "The {colour} finish over {material} is original where it was good and redone where it was not.",
        "Checked part by part. {Material} like this can be repaired, which is why we sell it.",
    ),
    "jewel": (
        "Made at the bench in {material}, with a {colour} finish that will soften with wear.",
        "Sawn and soldered in {material}. The polish stops just short of a mirror.",
        "Cast from a wax carved by hand, then filed and finished in {material}.",
    ),
    "toy": (
        "Turned from {material} and rubbed with a water-based {colour} that is safe to chew.",
        "Made in {material}, rounded at every edge and tested the way toys are really tested.",
        "Cut, sanded and oiled by hand. The {material} is from managed woodland.",
    ),
}

CARE: Mapping[str, tuple[str, ...]] = {
    "clay": (
        "Safe in the dishwasher and the microwave; let it warm up before it goes in a hot oven.",
        "Wash by hand for the first month if you like the glaze as it is; after that it will take anything.",
        "A hot-water rinse with baking soda lifts tea stains.",
    ),
    "vessel": (
        "Wipe with a soft, barely damp cloth.",
        "Felt pads are in the box, for polished tables.",
        "Packed in shredded card; keep the box if you move often.",
    ),
    "canvas": (
        "Sponge it clean and let it dry in shape. Wax it again when rain stops beading.",
        "Creases are part of it; the colour is deepest where they are not.",
        "The leather wants a little neutral balm twice a year.",
    ),
    "desk": (
        "Flush it with cool water when you change ink.",
        "Spare nibs and converters are in the shop.",
        "If the nib ever feels wrong, send it back and we will set it.",
    ),
    "print": (
        "Keep it out of direct sun for the colours' sake.",
        "Posted flat, in card, with the corners protected.",
        "The back is sealed with paper tape and ready to hang.",
    ),
    "blade": (
        "Wash by hand and dry at once; a drop of oil prevents spots.",
        "Carbon steel darkens with use, which protects it.",
        "We sharpen it free once a year; you pay the postage.",
    ),
    "watch": (
        "Serviced here for the cost of postage within the first two years.",
        "Comes in a recycled card box with a soft cloth.",
        "Splash-proof, not for swimming.",
    ),
    "textile": (
        "Wash at 30 °C with like colours and dry on a line. It softens for about a year and then stays put.",
        "Machine wash cool, iron while it is still damp, or do not iron at all.",
        "Keep it out of the tumble dryer and it will keep its length.",
    ),
    "wool": (
        "Air it more often than you wash it. When you must, use cool water and dry it flat.",
        "Hand wash in lukewarm water, roll in a towel, dry flat. A comb deals with the first pilling.",
        "Store it folded, with cedar, through the summer.",
    ),
    "leather": (
        "Rub in a little neutral balm twice a year and let it dry on its own after rain.",
        "Marks blend in with time; a soft cloth helps them along.",
        "Keep it off radiators. Everything else it will put up with.",
    ),
    "paper": (
        "Keep it dry and it will outlast the ink.",
        "Posted flat, in card, with the corners protected.",
        "Leave it under something heavy for a night and it will lie flatter still.",
    ),
    "wood": (
        "Wipe with a damp cloth and dry at once. A thin coat of oil once a year keeps the colour deep.",
        "Wood moves with the seasons; a hairline at a joint in February closes again by May.",
        "Oil it when it looks thirsty. We include a small tin with the first order.",
    ),
    "food": (
        "Keep it cool, dark and closed.",
        "Best within three months of opening, though it seldom lasts that long here.",
        "The full list of ingredients is the name on the label.",
    ),
    "care": (
        "For use on skin only. Try a little on your wrist first.",
        "Keep it dry between uses and it will last half as long again.",
        "The empty container can come back to us for a refill.",
    ),
    "tech": (
        "A year's guarantee covers parts and work. Keep the card that comes in the box.",
        "Wipe with a dry cloth. Anything more, send it to us.",
        "Spare parts are in stock and will be for a while.",
    ),
    "jewel": (
        "Take it off for swimming and put it on last. A soft cloth brings back the shine.",
        "Comes in a card box the size of a matchbox, ready to give.",
        "It will pick up small marks. Send it back once a year and we will polish them out.",
    ),
    "toy": (
        "Wipe with a damp cloth; do not soak.",
        "Tested to EN 71, and by two cousins.",
        "A little beeswax restores the surface if it has been out in the rain.",
    ),
}

CLOSING = (
    "Posted within two working days in card and paper.",
    "Every piece differs a little from the picture; tell us if you would like to see yours first.",
    "Gift wrap is plain brown paper and a linen thread. Ask for it in a note.",
    "We keep a small reserve, so write if your colour is gone.",
    "Returns within thirty days, no reasons needed.",
)

CONDITION_NOTES: Mapping[str, str] = {
    "used_like_new": "Bought, tried and returned without a mark. We have checked it over and it is as new.",
    "used_good": "Used and well looked after. There are light signs of wear, shown honestly in the pictures, and nothing that affects its use.",
    "refurbished": "Refurbished in our workshop: cleaned, worn parts replaced, tested and guaranteed for a year.",
}

# Colours that name a material, for wood and jewellery.
MADE_OF: Mapping[str, tuple[str, ...]] = {
    "Oak": ("oak", "solid oak"),
    "Walnut": ("walnut", "solid walnut"),
    "Ash": ("ash", "solid ash"),
    "Cherry": ("cherry", "solid cherry"),
    "Gold": ("9-carat gold", "gold vermeil", "14-carat gold"),
    "Silver": ("recycled sterling silver", "sterling silver"),
    "Rose gold": ("9-carat rose gold", "rose gold vermeil"),
}

# For products without a colour of their own: what has the colour in the picture.
TINTED: Mapping[str, str] = {
    "olive oil": "label",
    "tea tin": "tin",
    "coffee bag": "bag",
    "honey jar": "cover",
    "serum": "label",
}

SCENES = ("on a plain backdrop", "in a styled setting", "close up in window light")

COUNTRY_NAMES: Mapping[str, str] = {
    "GB": "United Kingdom",
    "IE": "Ireland",
    "FR": "France",
    "DE": "Germany",
    "NL": "Netherlands",
    "BE": "Belgium",
    "DK": "Denmark",
    "SE": "Sweden",
    "NO": "Norway",
    "FI": "Finland",
    "PT": "Portugal",
    "ES": "Spain",
    "IT": "Italy",
    "AT": "Austria",
    "US": "United States",
    "CA": "Canada",
    "JP": "Japan",
    "AU": "Australia",
}
