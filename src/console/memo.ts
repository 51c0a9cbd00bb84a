/** A component that is drawn again only for other props: rows of a list that grows. */
import { Component, h, type ComponentType } from "preact";

export function memo<P extends object>(of: (props: P) => preact.JSX.Element): ComponentType<P> {
  return class Memo extends Component<P> {
    override shouldComponentUpdate(next: P): boolean {
      const names = new Set([...Object.keys(this.props), ...Object.keys(next)]);
      return [...names].some((name) => Reflect.get(this.props, name) !== Reflect.get(next, name));
    }

    override render() {
      return h(of, this.props);
    }
  };
}
