/**
 * Whether a history of concurrent calls is linearizable: whether there is an order of them, in which each lies between its call
 * and its answer, that a sequential model would have answered in the same way. It searches as Wing and Gong do ("Testing and
 * Verifying Concurrent Objects", 1993): takes any call that no other has to precede, and goes back when it leads nowhere; with
 * Lowe's addition ("Testing for linearizability", 2017), that no state is searched twice after the same calls.
 */

export interface Call<Op, Answer> {
  op: Op;
  /** Of one clock. */
  calledAt: number;
  /** Infinity where no answer came: it may have had its effect at any time since, or may have none. */
  answeredAt: number;
  /** Of a call without an answer: from then on it can have no effect any more, since who was asked was killed. */
  noEffectAfter?: number;
  answer: Answer | undefined;
}

export interface Model<State, Op, Answer> {
  initial: State;
  /** The state afterwards; undefined: the answer is wrong in this state. */
  step(state: State, op: Op, answer: Answer | undefined): State | undefined;
  /** Equal for equal states only. */
  keyOf(state: State): string;
}

export type Verdict<Op, Answer> =
  | { linearizable: true; tried: number }
  /** `stuckAt`: the first call, by its answer, that no order explains. `undecided`: the search was given up. */
  | { linearizable: false; tried: number; undecided: boolean; stuckAt: Call<Op, Answer> };

interface Link<Op, Answer> {
  next: Node<Op, Answer> | undefined;
}

interface Node<Op, Answer> extends Link<Op, Answer> {
  index: number;
  /** Whether this stands for the call, or for its end: the answer, or that none can come. */
  isCall: boolean;
  call: Call<Op, Answer>;
  previous: Link<Op, Answer> | undefined;
  /** Of a call. */
  answer?: Node<Op, Answer>;
  /** Of an answer. */
  asked?: Node<Op, Answer>;
}

interface Choice<State, Op, Answer> {
  /** A call. */
  node: Node<Op, Answer>;
  before: State;
  /** It was passed over when its time was up: everything else had been tried. */
  hasNoEffect: boolean;
}

const MAX_TRIED = 5_000_000;

export function checkLinearizable<State, Op, Answer>(
  history: readonly Call<Op, Answer>[],
  model: Model<State, Op, Answer>,
): Verdict<Op, Answer> {
  const head = listOf(history);
  const done = new Done();
  const seen = new Set<string>();
  const chosen: Choice<State, Op, Answer>[] = [];
  let state = model.initial;
  let tried = 0;
  let stuckAt: Call<Op, Answer> | undefined;
  let node = head.next;
  const choose = (choice: Choice<State, Op, Answer>, after: State) => {
    chosen.push(choice);
    done.add(choice.node.index);
    state = after;
    lift(choice.node);
    node = head.next;
  };
  const isNewWith = ({ index }: Node<Op, Answer>, after: State) =>
    isNew(seen, `${done.keyWith(index)} ${model.keyOf(after)}`);
  while (node) {
    tried += 1;
    const { call, asked } = node;
    if (node.isCall) {
      const after = model.step(state, call.op, call.answer);
      if (after !== undefined && isNewWith(node, after))
        choose({ node, before: state, hasNoEffect: false }, after);
      else node = node.next;
      continue;
    }
    // The end of a call that is not in the order yet. Without an answer it may be left out, else what was chosen last was wrong.
    const isAnswered = call.answeredAt !== Infinity;
    if (asked && !isAnswered && isNewWith(asked, state)) {
      choose({ node: asked, before: state, hasNoEffect: true }, state);
      continue;
    }
    if (isAnswered && (!stuckAt || call.answeredAt > stuckAt.answeredAt)) stuckAt = call;
    let last: Choice<State, Op, Answer> | undefined;
    do {
      last = chosen.pop();
      if (!last || tried > MAX_TRIED)
        return { linearizable: false, tried, undecided: tried > MAX_TRIED, stuckAt: stuckAt ?? call };
      state = last.before;
      done.delete(last.node.index);
      unlift(last.node);
    } while (last.hasNoEffect);
    node = last.node.next;
  }
  return { linearizable: true, tried };
}

/** The calls in the order, as those before a place and the few behind it. */
class Done {
  #all = 0;
  readonly #further = new Set<number>();

  add(index: number): void {
    this.#further.add(index);
    while (this.#further.delete(this.#all)) this.#all += 1;
  }

  delete(index: number): void {
    if (index >= this.#all) {
      this.#further.delete(index);
      return;
    }
    for (let after = index + 1; after < this.#all; after += 1) this.#further.add(after);
    this.#all = index;
  }

  keyWith(index: number): string {
    this.add(index);
    const key = `${this.#all} ${[...this.#further].toSorted((a, b) => a - b).join()}`;
    this.delete(index);
    return key;
  }
}

function isNew(seen: Set<string>, key: string): boolean {
  if (seen.has(key)) return false;
  seen.add(key);
  return true;
}

/** Calls and their ends by their time; an end at the time of a call counts as later, which allows more. */
function listOf<Op, Answer>(history: readonly Call<Op, Answer>[]): Link<Op, Answer> {
  const byCall = history.toSorted((a, b) => a.calledAt - b.calledAt);
  const nodes = byCall.flatMap((call, index) => {
    const answer: Node<Op, Answer> = { index, isCall: false, call, previous: undefined, next: undefined };
    const asked = { ...answer, isCall: true, answer };
    answer.asked = asked;
    return [asked, answer];
  });
  nodes.sort((a, b) => timeOf(a) - timeOf(b) || Number(b.isCall) - Number(a.isCall));
  const head: Link<Op, Answer> = { next: undefined };
  let last = head;
  for (const node of nodes) {
    // Nobody saw what is behind the last answer that came.
    if (timeOf(node) === Infinity) continue;
    node.previous = last;
    last.next = node;
    last = node;
  }
  return head;
}

function timeOf<Op, Answer>({ isCall, call }: Node<Op, Answer>): number {
  if (isCall) return call.calledAt;
  return call.answeredAt === Infinity ? (call.noEffectAfter ?? Infinity) : call.answeredAt;
}

function lift<Op, Answer>(node: Node<Op, Answer>): void {
  for (const one of [node, node.answer]) {
    if (one?.previous) one.previous.next = one.next;
    if (one?.next) one.next.previous = one.previous;
  }
}

/** In the opposite order of `lift`. */
function unlift<Op, Answer>(node: Node<Op, Answer>): void {
  for (const one of [node.answer, node]) {
    if (one?.previous) one.previous.next = one;
    if (one?.next) one.next.previous = one;
  }
}
