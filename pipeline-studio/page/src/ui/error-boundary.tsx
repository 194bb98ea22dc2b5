import { Component, type ReactNode } from "react";
import { Button } from "./button";
import { ErrorText } from "./text";

interface State {
  error: Error | null;
}

/** Shows an error in a part of the page and keeps the rest usable. */
export class ErrorBoundary extends Component<{ children: ReactNode }, State> {
  override state: State = { error: null };

  static getDerivedStateFromError(error: Error): State {
    return { error };
  }

  override render(): ReactNode {
    const { error } = this.state;
    if (!error) return this.props.children;
    return (
      <main className="page">
        <h1>This view can't be shown</h1>
        <ErrorText error={error} />
        <Button onClick={() => this.setState({ error: null })}>Try again</Button>
      </main>
    );
  }
}
