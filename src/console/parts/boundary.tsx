/** A page that fails takes nothing else along: the side bar lives, and the page can be loaded again. */
import { Component, type ComponentChildren } from "preact";
import { Button } from "./button.tsx";
import { Notice } from "./notice.tsx";
import { Page } from "./page.tsx";

interface BoundaryProps {
  /** Another page begins without the failure of the last one. */
  at: string;
  children: ComponentChildren;
}

interface BoundaryState {
  error?: unknown;
  at: string;
}

export class Boundary extends Component<BoundaryProps, BoundaryState> {
  override state: BoundaryState = { at: this.props.at };

  static override getDerivedStateFromProps(
    { at }: BoundaryProps,
    state: BoundaryState,
  ): BoundaryState | null {
    return state.at === at ? null : { at };
  }

  override componentDidCatch(error: unknown): void {
    console.error(error);
    this.setState({ error, at: this.props.at });
  }

  override render() {
    const { error } = this.state;
    if (error === undefined) return this.props.children;
    return (
      <Page title="This page failed">
        <Notice kind="bad" isAlert>
          <p>{error instanceof Error ? error.message : String(error)}</p>
          <Button onClick={() => location.reload()}>Reload page</Button>
        </Notice>
      </Page>
    );
  }
}
