import { type ReactNode, useEffect, useId, useRef, useState } from "react";
import { fuzzyFilter } from "./fuzzy";
import { Icon } from "./icons";

export interface Option {
  value: string;
  label: string;
  detail?: ReactNode;
}

interface ComboboxProps {
  label: string;
  value: string;
  options: Option[];
  onChoose: (value: string) => void;
  /** Offers to create a new option with the typed name. */
  create?: { text: (typed: string) => string; onCreate: (typed: string) => void };
  onTyped?: (typed: string) => void;
  placeholder?: string;
  empty?: string;
  className?: string;
  /** Clears the field after a choice, for adding to a list. */
  adding?: boolean;
}

/** A text field that filters a list. */
export function Combobox(props: ComboboxProps) {
  const { label, value, options, onChoose, create, onTyped, placeholder, empty = "No matches", adding } = props;
  const [typed, setTyped] = useState<string | null>(null);
  const [at, setAt] = useState(0);
  const id = useId();
  const list = useRef<HTMLUListElement>(null);
  const field = useRef<HTMLInputElement>(null);

  const open = typed !== null;
  const found = fuzzyFilter(options, typed ?? "", (option) => option.label);
  const name = (typed ?? "").trim();
  const canCreate = create && name !== "" && !options.some((option) => option.label === name);
  const length = found.length + (canCreate ? 1 : 0);

  useEffect(() => {
    list.current?.querySelector(`#${CSS.escape(`${id}-${at}`)}`)?.scrollIntoView({ block: "nearest" });
  }, [at, id]);

  const show = () => {
    setTyped("");
    setAt(
      Math.max(
        0,
        options.findIndex((option) => option.value === value),
      ),
    );
  };
  const close = () => setTyped(null);
  const choose = (index: number) => {
    const option = found[index];
    close();
    if (option) onChoose(option.value);
    else if (canCreate) create.onCreate(name);
    if (!adding) field.current?.select();
  };

  const current = adding ? "" : (options.find((option) => option.value === value)?.label ?? value);
  return (
    <div className={`combobox ${props.className ?? ""}`}>
      <input
        ref={field}
        type="text"
        role="combobox"
        aria-label={label}
        aria-expanded={open}
        aria-controls={`${id}-list`}
        aria-autocomplete="list"
        aria-activedescendant={open && length > 0 ? `${id}-${at}` : undefined}
        autoComplete="off"
        spellCheck={false}
        placeholder={open ? (adding ? placeholder : current || placeholder) : placeholder}
        value={typed ?? current}
        onMouseDown={() => {
          if (!open) show();
        }}
        onBlur={close}
        onChange={(event) => {
          setTyped(event.target.value);
          setAt(0);
          onTyped?.(event.target.value);
        }}
        onKeyDown={(event) => {
          if (!open) {
            if (event.key === "ArrowDown" || event.key === "Enter") {
              event.preventDefault();
              show();
            }
            return;
          }
          if (event.key === "ArrowDown") setAt(Math.min(length - 1, at + 1));
          else if (event.key === "ArrowUp") setAt(Math.max(0, at - 1));
          else if (event.key === "Enter") choose(at);
          else if (event.key === "Escape") close();
          else return;
          event.preventDefault();
          event.stopPropagation();
        }}
      />
      <Icon name="down" size={14} />
      {open && (
        <ul className="combobox-list" id={`${id}-list`} ref={list} role="listbox" aria-label={label}>
          {found.map((option, index) => (
            <li
              key={option.value}
              id={`${id}-${index}`}
              role="option"
              aria-selected={option.value === value}
              className={index === at ? "active" : ""}
              onMouseDown={(event) => {
                event.preventDefault();
                choose(index);
              }}
            >
              <span className="option-label">{option.label}</span>
              {option.detail !== undefined && <span className="option-detail">{option.detail}</span>}
            </li>
          ))}
          {canCreate && (
            <li
              id={`${id}-${found.length}`}
              role="option"
              aria-selected={false}
              className={at === found.length ? "active" : ""}
              onMouseDown={(event) => {
                event.preventDefault();
                choose(found.length);
              }}
            >
              <Icon name="plus" /> {create.text(name)}
            </li>
          )}
          {length === 0 && (
            <li role="option" aria-selected={false} aria-disabled="true" className="none">
              {empty}
            </li>
          )}
        </ul>
      )}
    </div>
  );
}
