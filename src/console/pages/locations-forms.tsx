/** A place: added, changed, and removed once nothing is there. */
import { useState } from "preact/hooks";
import { isProblem } from "../../client/problem.ts";
import type { Location } from "../../client/wire-operation.ts";
import { holdfast } from "../connection.ts";
import { FieldFault, type Failure } from "../failure.ts";
import { productPath } from "../navigation.ts";
import { usePressing } from "../pressing.ts";
import { Field } from "../parts/field.tsx";
import { Form, useForm, wholeNumber, type FormState } from "../parts/form.tsx";
import { FailureNotice } from "../parts/notice.tsx";
import { Sure } from "../parts/sure.tsx";
import { toast } from "../saying.ts";
import { lacks } from "../session.ts";

interface Values extends Record<string, string> {
  locationId: string;
  name: string;
  priority: string;
  country: string;
  latitude: string;
  longitude: string;
}

const NOTHING: Values = {
  locationId: "",
  name: "",
  priority: "",
  country: "",
  latitude: "",
  longitude: "",
};

export function NewLocation({ onDone }: { onDone: (place: Location) => void }) {
  const form = useForm({
    initial: NOTHING,
    send: (values, options) => {
      const { locationId, priority } = values;
      return holdfast.locations.create(
        {
          locationId: locationId.trim(),
          ...detailsOf(values),
          ...(priority.trim() !== "" && { priority: wholeNumber("priority", priority) }),
        },
        options,
      );
    },
    onDone: (place) => {
      toast(`${place.name} added`);
      onDone(place);
    },
  });
  return (
    <Form form={form} button="Add location" label="New location" scope="admin">
      <Field
        {...form.field("locationId")}
        label="Id"
        required
        hint="Letters, digits and . _ - as in berlin-2. It stays."
      />
      <DetailFields form={form} priorityHint="Lower comes first; empty comes last" />
    </Form>
  );
}

export interface EditLocationProps {
  place: Location;
  onDone: (place: Location) => void;
  onRemoved: () => void;
}

export function EditLocation({ place, onDone, onRemoved }: EditLocationProps) {
  const form = useForm({
    initial: valuesOf(place),
    send: (values, options) =>
      holdfast.locations.edit(
        place.locationId,
        { ...detailsOf(values), priority: wholeNumber("priority", values.priority) },
        options,
      ),
    onDone: (changed) => {
      form.reset(valuesOf(changed));
      toast(`${changed.name} saved`);
      onDone(changed);
    },
  });
  return (
    <>
      <Form form={form} button="Save" label={`Edit ${place.locationId}`} scope="admin">
        <p>
          <code>{place.locationId}</code>
        </p>
        <DetailFields form={form} priorityHint="Lower comes first" />
      </Form>
      <Remove place={place} onRemoved={onRemoved} />
    </>
  );
}

function DetailFields({ form, priorityHint }: { form: FormState<Values>; priorityHint: string }) {
  return (
    <>
      <Field {...form.field("name")} label="Name" required />
      <div class="pair">
        <Field {...form.field("priority")} label="Priority" inputMode="numeric" hint={priorityHint} />
        <Field {...form.field("country")} label="Country" maxLength={2} hint="Two letters, as DE" />
      </div>
      <div class="pair">
        <Field {...form.field("latitude")} label="Latitude" inputMode="decimal" placeholder="52.52" />
        <Field {...form.field("longitude")} label="Longitude" inputMode="decimal" placeholder="13.405" />
      </div>
    </>
  );
}

function valuesOf({ locationId, name, priority, country, latitude, longitude }: Location): Values {
  return {
    locationId,
    name,
    priority: String(priority),
    country: country ?? "",
    latitude: latitude?.toString() ?? "",
    longitude: longitude?.toString() ?? "",
  };
}

function detailsOf({ name, country, latitude, longitude }: Values) {
  return {
    name: name.trim(),
    country: country.trim().toUpperCase() || null,
    latitude: decimal("latitude", latitude),
    longitude: decimal("longitude", longitude),
  };
}

/** null: it is left out. */
function decimal(field: string, text: string): number | null {
  if (text.trim() === "") return null;
  const value = Number(text.trim().replace(",", ".").replace("\u2212", "-"));
  if (Number.isNaN(value)) throw new FieldFault(field, "Write degrees, as 52.52.");
  return value;
}

function Remove({ place: { locationId, name }, onRemoved }: Omit<EditLocationProps, "onDone">) {
  const { busy, press } = usePressing();
  const [failure, setFailure] = useState<Failure>();
  const [products, setProducts] = useState<readonly string[]>([]);
  const remove = () =>
    press("remove", {
      send: async (options) => {
        try {
          await holdfast.locations.remove(locationId, options);
        } catch (error) {
          setProducts(isProblem(error, "location_in_use") ? error.problem.products : []);
          throw error;
        }
      },
      onDone: () => {
        toast(`${name} deleted`);
        onRemoved();
      },
      onFailure: setFailure,
    });
  return (
    <div class="panel-more">
      <Sure
        button="Delete location"
        busy={busy !== undefined}
        disabled={lacks("admin")}
        onSure={() => void remove()}
      >
        <p>
          {name} takes no new stock from now on, and goes once nothing is there. While something is, it opens
          again.
        </p>
      </Sure>
      {failure && (
        <FailureNotice failure={failure}>
          {products.length > 0 && (
            <ul class="inline-list">
              {products.map((productId) => (
                <li key={productId}>
                  <a href={productPath(productId)}>{productId}</a>
                </li>
              ))}
            </ul>
          )}
        </FailureNotice>
      )}
    </div>
  );
}
