// The journey map: not there yet, and it says so.
export function JourneyPage() {
  return (
    <>
      <h1>Journeys</h1>
      <p class="lead">
        The day-by-day map of people on roads is not part of this page yet. Nothing here stands in for it.
      </p>
    </>
  );
}
