/** Who comes to the market: 200 people and 20 tills, with names that a person can follow through the story. */
import type { TerminalFace } from '@duet/protocol/objects/certificate';

const GIVEN = [
  'An',
  'Bao',
  'Chun',
  'Dan',
  'Fang',
  'Gang',
  'Hua',
  'Jing',
  'Kai',
  'Lan',
  'Mei',
  'Ning',
  'Ping',
  'Qing',
  'Rui',
  'Shan',
  'Ting',
  'Wei',
  'Xue',
  'Yan',
] as const;
const FAMILY = ['Chen', 'Guo', 'He', 'Li', 'Liu', 'Sun', 'Wang', 'Wu', 'Zhang', 'Zhou'] as const;

/** Names and merchant categories (ISO 18245). */
const STALLS: readonly (readonly [name: string, category: number])[] = [
  ['Apple Cart', 5_499],
  ['Bamboo Baskets', 5_719],
  ['Bean Curd Wang', 5_499],
  ['Candle Corner', 5_999],
  ['Dumpling House', 5_812],
  ['Fish Market', 5_422],
  ['Flower Stand', 5_992],
  ['Honey & Wax', 5_499],
  ['Kite Maker', 5_945],
  ['Mushroom Hill', 5_499],
  ['Noodle Bar', 5_812],
  ['Old Books', 5_942],
  ['Paper Lanterns', 5_999],
  ['Pottery Yard', 5_950],
  ['Rice & Grain', 5_499],
  ['Sesame Bakery', 5_462],
  ['Shoe Repair', 7_251],
  ['Silk Ribbons', 5_949],
  ['Tea House', 5_814],
  ['Walnut Press', 5_499],
];

const REGION = 440_305;

export interface Person {
  readonly name: string;
}

/** Neighbours in the list have different family names. */
export const people = (): readonly Person[] =>
  GIVEN.flatMap((given) => FAMILY.map((family) => ({ name: `${given} ${family}` })));

export const tills = (): readonly TerminalFace[] =>
  STALLS.map(([name, category]) => ({ name, category, region: REGION }));
