"""What cannot be painted here, and which background suits it."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Beyond:
    """A kind of subject that cannot be painted here, what to call it, and the scene that suits it as a background."""

    name: str
    words: str
    scene: str | None


BEYOND: Final = (
    Beyond(
        "people",
        "person, people, man, woman, men, women, girl, boy, child, children, kid, kids, baby, family, couple, "
        "team, portrait, face, model, athlete, chef, doctor, king, queen, friends, crowd, runner, astronaut, "
        "businessman, businesswoman, influencer, customer, employee, student, teacher, hand, hands",
        None,
    ),
    Beyond(
        "animals",
        "animal, animals, dog, dogs, puppy, cat, cats, kitten, bird, birds, horse, lion, tiger, elephant, "
        "fish, bear, wolf, fox, rabbit, cow, butterfly, bee, dragon, unicorn, owl, deer, whale, dolphin, pet, "
        "pets",
        "forest",
    ),
    Beyond(
        "dishes",
        "pizza, burger, cake, bread, salad, apple, wine, cocktail, beer, chocolate, sushi, pasta, soup, dessert, "
        "croissant, steak, juice",
        "table",
    ),
    Beyond(
        "vehicles",
        "car, cars, bike, bicycle, motorcycle, truck, train, plane, airplane, aeroplane, bus, helicopter",
        "city",
    ),
    Beyond(
        "products",
        "bottle, perfume, shoe, shoes, sneaker, watch, headphones, handbag, bag, jar, lipstick, guitar, camera, "
        "robot, cream, jewelry, jewellery, ring, necklace, toy",
        "podium",
    ),
    Beyond("logos and icons", "logo, icon, icons, ui, screenshot", "blobs"),
)
