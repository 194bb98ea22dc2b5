import type { Shape } from "../api/types";

interface InputFieldProps {
  id: string;
  shape: Shape;
  value: string;
  onChange: (text: string) => void;
  onEnter?: () => void;
  secret?: boolean;
  required?: boolean;
  invalid?: boolean;
  describedBy?: string | undefined;
  placeholder?: string;
  /** Disables the field while its value is loading. */
  loading?: boolean;
}

/** A form field for a value of a shape. The caller adds the label. */
export function InputField(props: InputFieldProps) {
  const { id, shape, value, onChange, secret } = props;
  const common = {
    id,
    disabled: props.loading,
    "aria-invalid": props.invalid || undefined,
    "aria-describedby": props.describedBy,
    "aria-required": props.required || undefined,
  };
  const choices = secret ? null : choicesOf(shape);
  if (choices) {
    const known = choices.some((choice) => choice.value === value);
    return (
      <select {...common} value={value} onChange={(event) => onChange(event.target.value)}>
        {!known && <option value={value}>{value === "" ? "Select a value" : value}</option>}
        {choices.map((choice) => (
          <option key={choice.value} value={choice.value}>
            {choice.label}
          </option>
        ))}
      </select>
    );
  }
  if (isJson(shape) && !secret) {
    return (
      <textarea
        {...common}
        className="mono"
        rows={Math.min(8, Math.max(2, value.split("\n").length))}
        spellCheck={false}
        value={value}
        placeholder={props.placeholder ?? "JSON"}
        onChange={(event) => onChange(event.target.value)}
      />
    );
  }
  return (
    <input
      {...common}
      type={secret ? "password" : "text"}
      autoComplete={secret ? "new-password" : "off"}
      inputMode={inputModeOf(shape)}
      spellCheck={false}
      value={value}
      placeholder={props.placeholder}
      onChange={(event) => onChange(event.target.value)}
      onKeyDown={(event) => {
        if (event.key === "Enter") props.onEnter?.();
      }}
    />
  );
}

function choicesOf(shape: Shape): { value: string; label: string }[] | null {
  switch (shape.kind) {
    case "flag":
      return ["true", "false"].map((value) => ({ value, label: value }));
    case "choice":
      return shape.choices.map((value) => ({ value, label: value }));
    case "optional": {
      const inner = choicesOf(shape.inner);
      return inner && [{ value: "null", label: "none" }, ...inner];
    }
    default:
      return null;
  }
}

function isJson(shape: Shape): boolean {
  if (shape.kind === "optional") return isJson(shape.inner);
  return shape.kind === "fields" || shape.kind === "list" || shape.kind === "paths" || shape.kind === "map";
}

function inputModeOf(shape: Shape): "numeric" | "decimal" | "text" {
  if (shape.kind === "optional") return inputModeOf(shape.inner);
  if (shape.kind === "integer") return shape.signed ? "text" : "numeric";
  return shape.kind === "number" ? "decimal" : "text";
}
