/** The line in which every end-to-end test says what it has tried, and what a table is made of: `result | what | tried | differences`. */

export interface Result {
  what: string;
  tried: string;
  differences: number;
}

const MARK = "result";
const BETWEEN = " | ";

export function resultLine({ what, tried, differences }: Result): string {
  return [MARK, what, tried, differences].join(BETWEEN);
}

export function resultsIn(output: string): Result[] {
  return output.split("\n").flatMap((line) => {
    const [mark, what = "", tried = "", differences] = line.split(BETWEEN);
    return mark === MARK ? { what, tried, differences: Number(differences) } : [];
  });
}
