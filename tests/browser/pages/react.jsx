// An application of somebody else that shows the element among its own things.
import { StrictMode, useState } from "react";
import { createRoot } from "react-dom/client";
import "weightkin/element";

function Application({ relatives }) {
  const [result, setResult] = useState(null);
  const [clicks, setClicks] = useState(0);
  return (
    <main>
      <button id="own" type="button" onClick={() => setClicks(clicks + 1)}>
        {clicks} clicks
      </button>
      <weight-kin
        id="in-react"
        title="In an application"
        relatives={relatives}
        onweightkin-result={({ detail }) => setResult(detail)}
      />
      <output>{result ? `${result.report.models.length} models` : "nothing yet"}</output>
      <pre>{result?.text}</pre>
    </main>
  );
}

const relatives = new URLSearchParams(location.search).getAll("relative");
createRoot(document.querySelector("#root")).render(
  <StrictMode>
    <Application relatives={relatives} />
  </StrictMode>,
);
