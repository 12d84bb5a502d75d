class HealthController < ApplicationController
  before_action { response.headers["Cache-Control"] = "no-store" }

  # The application is there; it stands on nothing else.
  def up
    render plain: "ok\n"
  end

  # Which tier is broken, for programs.
  def tiers
    results = SampleApp::Tiers.look
    broken = results.values.any?(&:failed?)
    found = { ok: !broken, server: Socket.gethostname, release: SampleApp::Settings.release,
              tiers: results.transform_values(&:to_hash) }
    render json: found, status: broken ? :service_unavailable : :ok
  end

  # The same for people.
  def status
    @tiers = SampleApp::Tiers.look
    render status: @tiers.values.any?(&:failed?) ? :service_unavailable : :ok
  end
end
