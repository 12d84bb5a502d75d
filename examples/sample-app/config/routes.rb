Rails.application.routes.draw do
  root "home#index"

  get "sign-up", to: "users#new", as: :sign_up
  resource :account, only: [:create, :show, :destroy], controller: "users"
  get "activate/:token", to: "activations#show", as: :activation, constraints: { token: /[\w-]+/ }

  get "log-in", to: "sessions#new", as: :log_in
  resource :session, only: [:create, :destroy]

  resources :microposts, only: [:create, :destroy]
  resources :pictures, only: [:show]
  resource :locale, only: [:update]

  # /health itself is answered by nginx: it tells about the server, not about the application.
  get "up", to: "health#up"
  get "health/app", to: "health#up"
  get "health/tiers", to: "health#tiers"
  get "status", to: "health#status"
end
