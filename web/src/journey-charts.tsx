// One place over the days: a fan of draws, and a strip of people against room.
import { useRef } from "preact/hooks";
import { useSize } from "./camera";
import { crowd, date, fullness, title, type Crowd, type Journey, type Room } from "./days";
import { slug } from "./download";
import { ChartFiles } from "./figure";
import { persons } from "./format";

const HIGH = 220;
const LEFT = 8;
const FOOT = 26;
const HEAD = 22;
const BANDS = [
  ["lower_95", "upper_95", 0.16],
  ["lower_80", "upper_80", 0.22],
  ["lower_50", "upper_50", 0.3],
] as const;

interface Asked {
  journey: Journey;
  place: number;
  day: number;
  onDay: (day: number) => void;
}

function rounded(value: number): number {
  const size = 10 ** Math.floor(Math.log10(value));
  return size * ([1, 1.5, 2, 3, 4, 5, 6, 8, 10].find((step) => step * size >= value) ?? 10);
}

/** Persons by day at a place: the mean, and what 50, 80 and 95 of 100 draws hold. */
export function Fan({ journey, place, day, source, onDay }: Asked & { source: string }) {
  const box = useRef<HTMLElement>(null);
  const width = useSize(box).width || 640;
  const { days } = journey.told;
  const own = journey.people[place]!;
  const counts = journey.counts.filter((count) => count.place === place);
  const before = journey.baseline?.people[place];
  const other = days.map((_, at) => before?.[at]?.persons ?? 0);
  const highest = [
    ...own.map((crowd) => crowd?.upper_95 ?? crowd?.persons ?? 0),
    ...counts.map((count) => count.upper ?? count.lower),
    ...(before ? other : []),
  ];
  const most = rounded(Math.max(100, ...highest));
  const x = (at: number): number => LEFT + ((width - 2 * LEFT) * at) / Math.max(1, days.length - 1);
  const y = (value: number): number => HIGH - FOOT - ((HIGH - FOOT - HEAD) * value) / most;
  const line = (values: number[]): string => values.map((value, at) => `${x(at).toFixed(1)},${y(value).toFixed(1)}`).join(" ");
  const band = (lower: "lower_50" | "lower_80" | "lower_95", upper: "upper_50" | "upper_80" | "upper_95"): string =>
    `${line(days.map((_, at) => own[at]?.[upper] ?? 0))} ` +
    days.map((_, at) => [at, own[at]?.[lower] ?? 0] as const).reverse().map(([at, value]) => `${x(at).toFixed(1)},${y(value).toFixed(1)}`).join(" ");
  const ticks = [0, ...(width < 480 ? [] : [Math.round(days.length / 3), Math.round((2 * days.length) / 3)]), days.length - 1];
  const pick = (event: PointerEvent): void => {
    const frame = (event.currentTarget as SVGElement).getBoundingClientRect();
    const share = ((event.clientX - frame.left) / frame.width) * width;
    onDay(Math.max(0, Math.min(days.length - 1, Math.round(((share - LEFT) / (width - 2 * LEFT)) * (days.length - 1)))));
  };
  const name = title(journey.stops[place]);
  return (
    <figure class="fan" ref={box}>
      <figcaption>{name}, people in the evening, day by day{before && ", with the what-if"}</figcaption>
      <svg viewBox={`0 0 ${width} ${HIGH}`} role="img" aria-label={`${name}: ${crowd(own[day])} on ${date(days[day]!)}`} onPointerDown={pick}>
        {[0, most / 2, most].map((value) => (
          <g key={value}>
            <line x1={LEFT} x2={width - LEFT} y1={y(value)} y2={y(value)} stroke="var(--rule)" />
            {value > 0 && <text x={LEFT} y={y(value) - 4}>{persons(value)}</text>}
          </g>
        ))}
        {ticks.map((at, place_) => (
          <text key={at} x={x(at)} y={HIGH - 6} text-anchor={place_ === 0 ? "start" : at === days.length - 1 ? "end" : "middle"}>
            {date(days[at]!)}
          </text>
        ))}
        {BANDS.map(([lower, upper, strength]) => (
          <polygon key={lower} points={band(lower, upper)} fill="var(--arriving)" fill-opacity={strength} />
        ))}
        <polyline points={line(days.map((_, at) => own[at]?.persons ?? 0))} fill="none" stroke="var(--arriving)" stroke-width="2" />
        {before && <polyline points={line(other)} fill="none" stroke="var(--leaving)" stroke-width="2" stroke-dasharray="6 4" />}
        {counts.map((count, at) => (
          <g key={at} stroke="var(--ink)" stroke-width="1.6" fill="none">
            <title>{`${date(days[count.day]!)}: ${count.upper === null ? "at least " : ""}${persons(count.lower)}${count.upper !== null && count.upper !== count.lower ? ` to ${persons(count.upper)}` : ""}, reported (${count.source})`}</title>
            <line x1={x(count.day)} x2={x(count.day)} y1={y(count.lower)} y2={y(count.upper ?? count.lower) - (count.upper === null ? 8 : 0)} />
            <line x1={x(count.day) - 3} x2={x(count.day) + 3} y1={y(count.lower)} y2={y(count.lower)} />
            {count.upper === null ? (
              <polyline points={`${x(count.day) - 3},${y(count.lower) - 5} ${x(count.day)},${y(count.lower) - 9} ${x(count.day) + 3},${y(count.lower) - 5}`} />
            ) : (
              <line x1={x(count.day) - 3} x2={x(count.day) + 3} y1={y(count.upper)} y2={y(count.upper)} />
            )}
          </g>
        ))}
        <line x1={x(day)} x2={x(day)} y1={HEAD - 14} y2={y(0)} stroke="var(--ink)" stroke-dasharray="3 2" />
      </svg>
      <ul class="keys">
        <li><Key><line x1="0" x2="24" y1="6" y2="6" stroke="var(--arriving)" stroke-width="2" /></Key>mean of {journey.told.draws} draws</li>
        <li><Key><rect width="24" height="12" fill="var(--arriving)" fill-opacity="0.4" /></Key>50, 80, 95 of 100 draws</li>
        {counts.length > 0 && <li><Key><path d="M12 1V11M9 1H15M9 11H15" stroke="var(--ink)" stroke-width="1.6" fill="none" /></Key>reported</li>}
        {before && <li><Key><line x1="0" x2="24" y1="6" y2="6" stroke="var(--leaving)" stroke-width="2" stroke-dasharray="6 4" /></Key>baseline</li>}
      </ul>
      <ChartFiles box={box} file={`fan-${journey.told.name}-${slug(name)}`} title={`${name}, day by day`} source={source} />
    </figure>
  );
}

function Key({ children }: { children: preact.ComponentChildren }) {
  return <svg viewBox="0 0 24 12" aria-hidden="true">{children}</svg>;
}

const STRIP = 40;
const STRIP_WIDE = 640;

/** People against room over all days; who is beyond it is hatched. Dashed: the baseline. */
export function Strip({ journey, place, day, onDay }: Asked) {
  const { days } = journey.told;
  const own = journey.people[place]!;
  const before = journey.baseline?.people[place];
  const value = (at: number): number => (own[at]?.persons ?? 0) + (own[at]?.waiting ?? 0);
  const other = (at: number): number => (before?.[at]?.persons ?? 0) + (before?.[at]?.waiting ?? 0);
  const rooms = journey.rooms.filter((room) => room.place === place);
  const most = Math.max(100, ...days.map((_, at) => Math.max(value(at), other(at))), ...rooms.map((room) => room.upper));
  const wide = STRIP_WIDE / days.length;
  const y = (size: number): number => STRIP - 2 - ((STRIP - 6) * size) / most;
  const roomOn = (at: number): Room | undefined => rooms.find((room) => room.from <= at && at < room.until);
  const id = `hatch-${place}`;
  const pick = (event: PointerEvent): void => {
    const frame = (event.currentTarget as SVGElement).getBoundingClientRect();
    onDay(Math.min(days.length - 1, Math.max(0, Math.floor(((event.clientX - frame.left) / frame.width) * days.length))));
  };
  const words = `${title(journey.stops[place])}: ${crowd(own[day])} on ${date(days[day]!)}`;
  const steps = days.map((_, at) => `${(at * wide).toFixed(1)},${y(other(at)).toFixed(1)} ${((at + 1) * wide).toFixed(1)},${y(other(at)).toFixed(1)}`);
  return (
    <svg class="strip-of" viewBox={`0 0 ${STRIP_WIDE} ${STRIP}`} preserveAspectRatio="none" role="img" aria-label={words} onPointerDown={pick}>
      <defs>
        <pattern id={id} width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
          <rect width="6" height="6" fill="var(--leaving)" />
          <line x1="0" x2="0" y1="0" y2="6" stroke="var(--paper)" stroke-width="3" />
        </pattern>
      </defs>
      {days.map((_, at) => {
        const size = value(at);
        if (size === 0) return null;
        const held = Math.min(size, roomOn(at)?.upper ?? 0);
        return (
          <g key={at}>
            <rect x={at * wide} y={y(held)} width={wide} height={Math.max(0, y(0) - y(held))} fill="var(--arriving)" />
            {size > held && <rect x={at * wide} y={y(size)} width={wide} height={y(held) - y(size)} fill={`url(#${id})`} />}
          </g>
        );
      })}
      {rooms.map((room) => (
        <g key={room.from} stroke="var(--ink)">
          <rect x={room.from * wide} y={y(room.upper)} width={(room.until - room.from) * wide} height={Math.max(0.5, y(room.lower) - y(room.upper))} fill="var(--ink)" fill-opacity="0.16" stroke="none" />
          <line x1={room.from * wide} x2={room.until * wide} y1={y(room.upper)} y2={y(room.upper)} stroke-width="1.5" />
        </g>
      ))}
      {before && <polyline points={steps.join(" ")} fill="none" stroke="var(--ink)" stroke-width="2" stroke-dasharray="5 3" vector-effect="non-scaling-stroke" />}
      <line x1={0} x2={STRIP_WIDE} y1={y(0)} y2={y(0)} stroke="var(--rule)" />
      <line x1={(day + 0.5) * wide} x2={(day + 0.5) * wide} y1="0" y2={STRIP} stroke="var(--ink)" stroke-dasharray="3 2" />
    </svg>
  );
}

/** How full a place is on a day, in words. */
export function inWords(people: Crowd | undefined, own: Room | null): string {
  const word = fullness(people, own);
  if (!own || !word) return "";
  if (own.upper === 0) return "no beds";
  const places = own.lower === own.upper ? persons(own.lower) : `${persons(own.lower)} to ${persons(own.upper)}`;
  return `${word}: ${places} beds`;
}
